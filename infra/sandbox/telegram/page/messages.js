import { Bubble } from "./bubble.js";
import { groupsOf, isService, serviceText } from "./contents.js";
import { element } from "./dom.js";
import { day } from "./formats.js";

const CLOSE_IN_TIME = 300;

/** The log of one chat: messages by id, shown as bubbles between day separators. */
export class Messages {
  #messages = new Map();
  #bubbles = new Map();
  #days = new Map();

  constructor(list, actions) {
    Object.assign(this, { list, actions });
  }

  get all() {
    return [...this.#messages.values()].sort((a, b) => a.message_id - b.message_id);
  }

  has = (id) => this.#messages.has(id);

  clear() {
    for (const kept of [this.#messages, this.#bubbles, this.#days]) kept.clear();
    this.list.replaceChildren();
  }

  /** Show a whole chat, oldest first; unchanged messages keep their bubbles. */
  replace(messages) {
    const known = this.#messages;
    const unchanged = (message) =>
      JSON.stringify(known.get(message.message_id)) === JSON.stringify(message);
    this.#messages = new Map(
      messages.map((message) => [
        message.message_id,
        unchanged(message) ? known.get(message.message_id) : message,
      ]),
    );
    this.#render();
  }

  put(message) {
    this.#messages.set(message.message_id, message);
    this.#render();
  }

  remove(id) {
    this.#messages.delete(id);
    this.#render();
  }

  jump(id) {
    const bubble = [...this.#bubbles.values()].find(({ messages }) =>
      messages?.some((message) => message.message_id === id),
    );
    bubble?.node.scrollIntoView({ block: "center" });
    bubble?.flash();
  }

  #render() {
    const rows = [];
    const keys = new Set();
    let previous = null;
    for (const group of groupsOf(this.all)) {
      const today = day(group[0].date);
      if (!previous || day(previous.date) !== today) rows.push(this.#separator(today));
      const key = group[0].media_group_id ?? group[0].message_id;
      const bubble = this.#bubble(key, group);
      bubble.node.classList.toggle("follows", follows(previous, group[0]));
      rows.push(bubble.node);
      keys.add(key);
      previous = group.at(-1);
    }
    for (const key of this.#bubbles.keys()) if (!keys.has(key)) this.#bubbles.delete(key);
    arrange(this.list, rows);
  }

  #bubble(key, group) {
    const known = this.#bubbles.get(key);
    known?.update(group);
    const make = isService(group[0]) ? notice : (messages) => new Bubble(messages, this.actions);
    const bubble = known ?? make(group);
    this.#bubbles.set(key, bubble);
    return bubble;
  }

  #separator(name) {
    if (!this.#days.has(name))
      this.#days.set(name, element("li", { class: "day" }, element("span", {}, name)));
    return this.#days.get(name);
  }
}

// Service messages of a group look like day separators.
const notice = ([message]) => ({
  node: element("li", { class: "day" }, element("span", {}, serviceText(message))),
  update: () => undefined,
});

const follows = (previous, message) =>
  previous !== null &&
  !isService(previous) &&
  previous.from.id === message.from.id &&
  message.date - previous.date < CLOSE_IN_TIME &&
  day(previous.date) === day(message.date);

// Never move an existing node: that would stop a video that plays in it.
function arrange(list, rows) {
  const wanted = new Set(rows);
  for (const node of [...list.children]) if (!wanted.has(node)) node.remove();
  rows.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}
