import { byId, closable } from "./dom.js";

/** Asks for a new topic's name. */
export class TopicDialog {
  constructor(create) {
    this.form = byId("topic-form");
    this.dialog = byId("topic-dialog");
    closable(this.dialog);
    this.form.addEventListener("submit", () => create(this.form.elements.name.value));
  }

  open() {
    this.form.reset();
    this.dialog.showModal();
  }
}
