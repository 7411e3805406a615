import { byId, closable, element } from "./dom.js";
import { locale } from "./words.js";

const LANGUAGES = ["ru", "en", "de", "es", "fr", "it", "pt", "uk", "kk", "tr", "ar", "zh"];

/** Ask for a new user's name and language; `create` takes the fields of `POST /users`. */
export class UserDialog {
  constructor(create) {
    this.form = byId("user-form");
    this.dialog = byId("user-dialog");
    closable(this.dialog);
    byId("new-user").addEventListener("click", () => this.#open());
    this.form.addEventListener("submit", () => create(Object.fromEntries(new FormData(this.form))));
  }

  #open() {
    const names = new Intl.DisplayNames(locale(), { type: "language" });
    const options = LANGUAGES.map((code) => element("option", { value: code }, names.of(code)));
    this.form.reset();
    this.form.elements.language_code.replaceChildren(...options);
    this.dialog.showModal();
  }
}
