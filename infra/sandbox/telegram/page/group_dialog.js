import { avatar } from "./avatar.js";
import { byId, closable, element } from "./dom.js";
import { word } from "./words.js";

/** Ask for a group's title, members and kind; or only for members to invite. */
export class GroupDialog {
  #done = null;

  constructor() {
    this.form = byId("group-form");
    this.dialog = byId("group-dialog");
    closable(this.dialog);
    this.form.addEventListener("submit", () => this.#done(this.#answer()));
  }

  found(people, done) {
    this.#open("newGroup", people, done);
  }

  invite(people, done) {
    this.#open("invite", people, done);
  }

  #open(purpose, people, done) {
    const isNew = purpose === "newGroup";
    this.#done = done;
    this.form.reset();
    byId("group-title").textContent = word(purpose);
    byId("group-send").textContent = word(isNew ? "create" : "add");
    for (const field of this.form.querySelectorAll("[data-new]")) field.hidden = !isNew;
    this.form.elements.title.required = isNew;
    byId("group-people").replaceChildren(...people.map((person) => choice(person, isNew)));
    this.dialog.showModal();
  }

  #answer() {
    const data = new FormData(this.form);
    return {
      title: data.get("title"),
      people: data.getAll("people").map(Number),
      forum: data.has("forum"),
    };
  }
}

const choice = (person, checked) =>
  element(
    "label",
    { class: "choice" },
    avatar(person),
    element("span", {}, person.first_name),
    element("input", { type: "checkbox", name: "people", value: person.id, checked }),
  );
