import { isOwn, summary } from "./contents.js";
import { byId, element } from "./dom.js";
import { shortDate } from "./formats.js";
import { word } from "./words.js";

const HUES = 6;

/** A round sign with the person's first letter, in a colour that stays theirs. */
export const avatar = (person) =>
  element(
    "span",
    { class: `avatar hue-${person.id % HUES}`, "aria-hidden": true },
    [...person.first_name][0] ?? "?",
  );

const lastSeen = (id) => Number(localStorage.getItem(`seen:${id}`) ?? 0);

/** The people one can act as, each with the last message and the number of unread ones. */
export class People {
  #entries = new Map();
  #current = null;

  constructor(choose) {
    this.choose = choose;
    this.#listen();
  }

  // On a phone the list is a drawer over the chat.
  #listen() {
    const open = (opened) => {
      document.body.classList.toggle("people-open", opened);
      byId("open-people").ariaExpanded = String(opened);
      if (opened) byId("people").querySelector("[aria-current]")?.focus();
    };
    byId("open-people").addEventListener("click", () => open(true));
    byId("people-shade").addEventListener("click", () => open(false));
    byId("people").addEventListener(
      "click",
      (event) => event.target.closest(".person") && open(false),
    );
    document.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
    byId("new-person").addEventListener("click", () => open(false));
  }

  get all() {
    return [...this.#entries.values()].map(({ person }) => person);
  }

  show(people) {
    for (const person of people)
      if (!this.#entries.has(person.id)) this.#entries.set(person.id, this.#entry(person));
    byId("people-list").replaceChildren(...[...this.#entries.values()].map(({ node }) => node));
  }

  select(id) {
    this.#current = id;
    for (const [key, { person, button }] of this.#entries) {
      button.ariaCurrent = key === id ? "true" : null;
      if (key === id)
        byId("open-people").replaceChildren(
          avatar(person),
          element("span", { class: "badge", id: "elsewhere", hidden: true }),
        );
    }
    this.#countElsewhere();
  }

  /** Takes a person's whole chat: its last message becomes the preview. */
  news(id, messages) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const last = messages.at(-1);
    entry.fromBot = messages
      .filter((message) => !isOwn(message))
      .map((message) => message.message_id);
    entry.preview.textContent = last ? summary(last) : "";
    entry.date.textContent = last ? shortDate(last.date) : "";
    this.#count(entry);
  }

  seen(id, messageId) {
    if (messageId <= lastSeen(id)) return;
    localStorage.setItem(`seen:${id}`, messageId);
    this.#count(this.#entries.get(id));
  }

  #entry(person) {
    const preview = element("span", { class: "preview" });
    const date = element("span", { class: "date" });
    const badge = element("span", { class: "badge", hidden: true });
    const language = element("span", { class: "language" }, person.language_code ?? "");
    const button = element(
      "button",
      {
        type: "button",
        class: "person",
        "data-person": person.id,
        onclick: () => this.choose(person.id),
      },
      avatar(person),
      element("span", { class: "name" }, person.first_name, language),
      date,
      preview,
      badge,
    );
    return {
      person,
      preview,
      date,
      badge,
      button,
      fromBot: [],
      unread: 0,
      node: element("li", {}, button),
    };
  }

  #count(entry) {
    const seen = lastSeen(entry.person.id);
    entry.unread = entry.fromBot.filter((id) => id > seen).length;
    entry.badge.hidden = !entry.unread;
    entry.badge.textContent = entry.unread;
    entry.badge.ariaLabel = word("unread", { count: entry.unread });
    this.#countElsewhere();
  }

  #countElsewhere() {
    const others = [...this.#entries].filter(([id]) => id !== this.#current);
    const unread = others.reduce((sum, [, entry]) => sum + entry.unread, 0);
    document.title = unread ? `(${unread}) Darkroom` : "Darkroom";
    const badge = byId("elsewhere");
    if (!badge) return;
    badge.hidden = !unread;
    badge.textContent = unread;
  }
}
