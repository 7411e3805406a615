import { ChatEntry } from "./chat_entry.js";
import { isOwn } from "./contents.js";
import { byId, element, icon } from "./dom.js";
import { word } from "./words.js";

/** Groups of the current user; an open forum shows its topics. */
export class Groups {
  #entries = new Map();
  #shown = "";
  #current = {};

  constructor({ choose, addTopic }) {
    Object.assign(this, { choose, addTopic });
  }

  get all() {
    return [...this.#entries.values()].map(({ one }) => one);
  }

  find = (id) => this.#entries.get(id)?.one;

  get unread() {
    const others = [...this.#entries].filter(([id]) => id !== this.#current.chat);
    return others.reduce((sum, [, entry]) => sum + entry.unread, 0);
  }

  /** `place` is the current user, chat and topic. */
  show(place, groups) {
    const { user } = place;
    const key = JSON.stringify([user, groups]);
    if (key !== this.#shown) {
      this.#entries = new Map(groups.map((group) => [group.id, this.#entry(user, group)]));
      byId("groups-list").replaceChildren(...[...this.#entries.values()].map(({ node }) => node));
    }
    this.#shown = key;
    this.#select(place);
  }

  #select(place) {
    this.#current = place;
    for (const [id, entry] of this.#entries) {
      const isHere = id === place.chat;
      entry.current = isHere ? "true" : null;
      entry.node.querySelector(".topics")?.remove();
      if (isHere && entry.one.is_forum) entry.node.append(this.#topics(entry.one));
    }
  }

  news(id, messages) {
    this.#entries.get(id)?.news(messages, (message) => !isOwn(message));
  }

  seen(id, messageId) {
    this.#entries.get(id)?.seen(messageId);
  }

  #entry(user, group) {
    return new ChatEntry({
      one: group,
      key: `${user}/${group.id}`,
      attributes: { "data-group": group.id },
      choose: () => this.choose(group.id, null),
    });
  }

  #topics({ id, topics }) {
    const general = { message_thread_id: null, name: word("general") };
    const rows = [general, ...topics].map((topic) => this.#topic(id, topic));
    const add = element(
      "button",
      { type: "button", class: "topic new-one", onclick: this.addTopic },
      icon("plus"),
      word("newTopic"),
    );
    return element("ul", { class: "topics" }, ...rows, element("li", {}, add));
  }

  #topic(group, { message_thread_id: thread, name }) {
    const current = (thread ?? null) === (this.#current.thread ?? null);
    const choose = (event) => {
      event.stopPropagation();
      this.choose(group, thread);
    };
    const attributes = { "aria-current": current ? "true" : null, "data-thread": thread };
    return element(
      "li",
      {},
      element("button", { type: "button", class: "topic", ...attributes, onclick: choose }, name),
    );
  }
}
