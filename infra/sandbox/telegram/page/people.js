import { ChatEntry } from "./chat_entry.js";
import { avatar } from "./avatar.js";
import { byId, element } from "./dom.js";
import { spoken } from "./words.js";

/** Users to act as, each with their private chat with the bot. */
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
      (event) => event.target.closest(".person, .topic, .new-one") && open(false),
    );
    document.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  }

  get all() {
    return [...this.#entries.values()].map(({ one }) => one);
  }

  /** Choose a user with the browser's language, else with the page's language, else the first. */
  speaker(language) {
    const codes = [language.split("-")[0], spoken(language)];
    const speaks = (code) => this.all.find((person) => person.language_code?.startsWith(code));
    return codes.map(speaks).find(Boolean) ?? this.all[0];
  }

  find = (id) => this.#entries.get(id)?.one;

  /** Number of unread messages of the other users. */
  get unread() {
    const others = [...this.#entries].filter(([id]) => id !== this.#current);
    return others.reduce((sum, [, entry]) => sum + entry.unread, 0);
  }

  show(people) {
    for (const person of people)
      if (!this.#entries.has(person.id)) this.#entries.set(person.id, this.#entry(person));
    byId("people-list").replaceChildren(...[...this.#entries.values()].map(({ node }) => node));
  }

  /** `chat` is the user's current chat: their private one, or a group. */
  select(person, chat) {
    this.#current = person.id;
    for (const [id, entry] of this.#entries) {
      entry.current = id === person.id ? String(chat === id) : null;
    }
    byId("open-people").replaceChildren(
      avatar(person),
      element("span", { class: "badge", id: "elsewhere", hidden: true }),
    );
  }

  news(id, messages) {
    this.#entries.get(id)?.news(messages, (message) => message.from.is_bot);
  }

  seen(id, messageId) {
    this.#entries.get(id).seen(messageId);
  }

  #entry(person) {
    return new ChatEntry({
      one: person,
      key: person.id,
      note: element("span", { class: "language" }, person.language_code ?? ""),
      attributes: { "data-person": person.id },
      choose: () => this.choose(person.id),
    });
  }
}
