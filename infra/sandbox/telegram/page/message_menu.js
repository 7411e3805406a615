import { isDeletable, isOwn, isService, kindOf, pictureOf, textOf } from "./contents.js";
import { byId, element, icon } from "./dom.js";
import { offeredReactions } from "./reactions.js";
import { word } from "./words.js";

const EDGE = 8;

/** Context menu of a message, by a right click or a long touch. */
export class MessageMenu {
  constructor(actions) {
    this.node = byId("message-menu");
    this.actions = actions;
  }

  open(event, message) {
    if (isService(message) || getSelection().toString()) return;
    event.preventDefault();
    this.node.replaceChildren(...this.#items(message));
    this.node.showPopover();
    this.#place(event);
    this.node.querySelector("button").focus({ focusVisible: false });
  }

  #items(message) {
    const { reply, edit, copy, paint, remove } = this.actions;
    const text = textOf(message);
    const editable = isOwn(message) && kindOf(message) === "text";
    return [
      offeredReactions(message, this.actions, () => this.node.hidePopover()),
      this.#item("reply", () => reply(message)),
      pictureOf(message) && this.#item("paint", () => paint(message)),
      text && this.#item("copy", () => copy(text)),
      editable && this.#item("edit", () => edit(message)),
      isDeletable(message) && this.#item("delete", () => remove(message)),
    ].filter(Boolean);
  }

  #item(name, act) {
    const choose = () => {
      this.node.hidePopover();
      act();
    };
    return element("button", { type: "button", onclick: choose }, icon(name), word(name));
  }

  #place({ clientX: x, clientY: y }) {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    this.node.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`;
    this.node.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
  }
}
