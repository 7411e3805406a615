import { byId, closable } from "./dom.js";

/** Ask for a new topic's name. */
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
