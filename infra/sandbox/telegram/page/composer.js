import { authorOf, summary } from "./contents.js";
import { byId, element, fitHeight, icon } from "./dom.js";
import { word } from "./words.js";

/** Message field: grows with its text, keeps a draft per chat, replies and edits. */
export class Composer {
  #drafts = new Map();
  #context = null;
  #place = "";

  /** `send` and `edit` return whether they succeeded; after a failure the text is restored. */
  constructor({ send, edit, lastOwn }) {
    Object.assign(this, { send, edit, lastOwn });
    this.form = byId("composer");
    this.field = byId("text");
    this.bar = byId("quote");
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("input", () => fitHeight(this.field));
    this.field.addEventListener("keydown", (event) => this.#key(event));
  }

  /** `place` is the stable key of one user's view of a chat. */
  switchTo(place) {
    if (place === this.#place) return;
    this.#drafts.set(this.#place, this.field.value);
    this.#place = place;
    this.#release();
    this.#write(this.#drafts.get(place) ?? "");
  }

  /** Put a text into the field of a place, which is open now or is opened next. */
  prepare(place, text) {
    if (place !== this.#place) this.#drafts.set(place, text);
    else {
      this.#write(text);
      this.field.dispatchEvent(new Event("input"));
      this.field.focus();
    }
  }

  get text() {
    return this.field.value;
  }

  clear() {
    this.#release();
    this.#write("");
  }

  replyTo(message) {
    this.#hold({ message, sign: "reply", title: word("replyTo", { name: authorOf(message) }) });
  }

  startEdit(message) {
    this.#hold({ message, sign: "edit", title: word("editing") });
    this.#write(message.text);
  }

  /** The id of the message to reply to, if any. */
  get reply() {
    return this.#held("reply")?.message_id;
  }

  /** Cancel the reply to a deleted message. */
  forget(id) {
    if (this.#context?.message.message_id === id) this.#cancel();
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    const [context, place] = [this.#context, this.#place];
    const work = this.#work(text);
    this.clear();
    if ((await work) || place !== this.#place || this.field.value) return;
    this.#write(text);
    if (context) this.#hold(context);
  }

  #work(text) {
    const editing = this.#held("edit");
    return editing ? this.edit(editing, text) : this.send(text, this.reply);
  }

  #held(sign) {
    return this.#context?.sign === sign ? this.#context.message : undefined;
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.key === "Escape") this.#cancel();
    else if (event.key === "ArrowUp" && !this.field.value) this.#editLast(event);
  }

  #editLast(event) {
    const message = this.lastOwn();
    if (!message) return;
    event.preventDefault();
    this.startEdit(message);
  }

  #cancel() {
    if (this.#context?.sign === "edit") this.#write("");
    this.#release();
  }

  #hold(context) {
    this.#context = context;
    const close = element(
      "button",
      {
        type: "button",
        class: "round",
        "aria-label": word("cancel"),
        onclick: () => this.#cancel(),
      },
      icon("close"),
    );
    const title = element("strong", {}, context.title);
    this.bar.replaceChildren(
      icon(context.sign),
      element("p", {}, title, element("span", {}, summary(context.message))),
      close,
    );
    this.bar.hidden = false;
    this.field.focus();
  }

  #release() {
    this.#context = null;
    this.bar.hidden = true;
  }

  #write(text) {
    this.field.value = text;
    fitHeight(this.field);
  }
}
