import { avatar } from "./avatar.js";
import { isService, summary } from "./contents.js";
import { element } from "./dom.js";
import { shortDate } from "./formats.js";
import { word } from "./words.js";

/** One chat in a list: title, last message, number of unread messages. */
export class ChatEntry {
  #incoming = [];
  unread = 0;

  /** `key` identifies the stored read position. */
  constructor({ one, key, note, attributes, choose }) {
    Object.assign(this, { one, key: `seen:${key}` });
    this.preview = element("span", { class: "preview" });
    this.date = element("span", { class: "date" });
    this.badge = element("span", { class: "badge", hidden: true });
    this.button = element(
      "button",
      { type: "button", class: "user", ...attributes, onclick: choose },
      avatar(one),
      element("span", { class: "name" }, one.title ?? one.first_name, note),
      this.date,
      this.preview,
      this.badge,
    );
    this.node = element("li", {}, this.button);
  }

  /** Show the last message of the chat as the preview. */
  news(messages, isIncoming) {
    const last = messages.at(-1);
    this.#incoming = messages.filter(isIncoming).map((message) => message.message_id);
    this.preview.textContent = last ? this.#line(last) : "";
    this.date.textContent = last ? shortDate(last.date) : "";
    this.#count();
  }

  #line(message) {
    const isTalk = this.one.title && !isService(message);
    return isTalk ? `${message.from.first_name}: ${summary(message)}` : summary(message);
  }

  seen(messageId) {
    if (messageId <= this.#last) return;
    localStorage.setItem(this.key, messageId);
    this.#count();
  }

  set current(value) {
    this.button.ariaCurrent = value;
  }

  get #last() {
    return Number(localStorage.getItem(this.key) ?? 0);
  }

  #count() {
    this.unread = this.#incoming.filter((id) => id > this.#last).length;
    this.badge.hidden = !this.unread;
    this.badge.textContent = this.unread;
    this.badge.ariaLabel = word("unread", { count: this.unread });
  }
}
