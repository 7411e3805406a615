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

  found(users, done) {
    this.#open("newGroup", users, done);
  }

  invite(users, done) {
    this.#open("invite", users, done);
  }

  #open(purpose, users, done) {
    const isNew = purpose === "newGroup";
    this.#done = done;
    this.form.reset();
    byId("group-title").textContent = word(purpose);
    byId("group-send").textContent = word(isNew ? "create" : "add");
    for (const field of this.form.querySelectorAll("[data-new]")) field.hidden = !isNew;
    this.form.elements.title.required = isNew;
    byId("group-users").replaceChildren(...users.map((user) => choice(user, isNew)));
    this.dialog.showModal();
  }

  #answer() {
    const data = new FormData(this.form);
    return {
      title: data.get("title"),
      users: data.getAll("users").map(Number),
      forum: data.has("forum"),
    };
  }
}

const choice = (user, checked) =>
  element(
    "label",
    { class: "choice" },
    avatar(user),
    element("span", {}, user.first_name),
    element("input", { type: "checkbox", name: "users", value: user.id, checked }),
  );
