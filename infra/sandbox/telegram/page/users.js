import { ChatEntry } from "./chat_entry.js";
import { avatar } from "./avatar.js";
import { byId, element } from "./dom.js";
import { spoken } from "./words.js";

/** Users to act as, each with their private chat with the bot. */
export class Users {
  #entries = new Map();
  #current = null;

  constructor(choose) {
    this.choose = choose;
    this.#listen();
  }

  // On a phone the list is a drawer over the chat.
  #listen() {
    const open = (opened) => {
      document.body.classList.toggle("users-open", opened);
      byId("open-users").ariaExpanded = String(opened);
      if (opened) byId("users").querySelector("[aria-current]")?.focus();
    };
    byId("open-users").addEventListener("click", () => open(true));
    byId("users-shade").addEventListener("click", () => open(false));
    byId("users").addEventListener(
      "click",
      (event) => event.target.closest(".user, .topic, .new-one") && open(false),
    );
    document.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  }

  get all() {
    return [...this.#entries.values()].map(({ one }) => one);
  }

  /** Choose a user with the browser's language, else with the page's language, else the first. */
  speaker(language) {
    const codes = [language.split("-")[0], spoken(language)];
    const speaks = (code) => this.all.find((user) => user.language_code?.startsWith(code));
    return codes.map(speaks).find(Boolean) ?? this.all[0];
  }

  find = (id) => this.#entries.get(id)?.one;

  /** Number of unread messages of the other users. */
  get unread() {
    const others = [...this.#entries].filter(([id]) => id !== this.#current);
    return others.reduce((sum, [, entry]) => sum + entry.unread, 0);
  }

  show(users) {
    for (const user of users)
      if (!this.#entries.has(user.id)) this.#entries.set(user.id, this.#entry(user));
    byId("user-list").replaceChildren(...[...this.#entries.values()].map(({ node }) => node));
  }

  /** `chat` is the user's current chat: their private one, or a group. */
  select(user, chat) {
    this.#current = user.id;
    for (const [id, entry] of this.#entries) {
      entry.current = id === user.id ? String(chat === id) : null;
    }
    byId("open-users").replaceChildren(
      avatar(user),
      element("span", { class: "badge", id: "elsewhere", hidden: true }),
    );
  }

  news(id, messages) {
    this.#entries.get(id)?.news(messages, (message) => message.from.is_bot);
  }

  seen(id, messageId) {
    this.#entries.get(id).seen(messageId);
  }

  #entry(user) {
    return new ChatEntry({
      one: user,
      key: user.id,
      note: element("span", { class: "language" }, user.language_code ?? ""),
      attributes: { "data-user": user.id },
      choose: () => this.choose(user.id),
    });
  }
}
