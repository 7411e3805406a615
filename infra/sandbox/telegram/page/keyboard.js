import { byId, element } from "./dom.js";
import { word } from "./words.js";

/** The bot's reply keyboard: https://core.telegram.org/bots/api#replykeyboardmarkup */
export class ReplyKeyboard {
  #prompt = undefined;

  constructor(send) {
    this.panel = byId("keyboard");
    this.toggle = byId("keyboard-button");
    this.send = send;
    this.toggle.addEventListener("click", () => this.#open(this.panel.hidden));
  }

  show(markup) {
    const key = JSON.stringify(markup);
    if (key === this.key) return;
    this.key = key;
    this.toggle.hidden = !markup || Boolean(markup.is_persistent);
    this.panel.replaceChildren(...(markup?.keyboard ?? []).map((row) => this.#row(row, markup)));
    this.panel.classList.toggle("tall", !markup?.resize_keyboard);
    this.#prompt = markup?.input_field_placeholder;
    this.hint = undefined;
    this.#open(Boolean(markup));
  }

  /** Placeholder of the empty field when the bot has set none. */
  set hint(text) {
    byId("text").placeholder = this.#prompt ?? text ?? word("message");
  }

  #row(row, markup) {
    return element(
      "div",
      { class: "button-row" },
      row.map((button) => this.#button(button.text ?? button, markup)),
    );
  }

  #button(text, markup) {
    const press = () => {
      this.send(text);
      if (markup.one_time_keyboard) this.#open(false);
    };
    return element("button", { type: "button", class: "key", onclick: press }, text);
  }

  #open(open) {
    this.panel.hidden = !open;
    this.toggle.ariaExpanded = String(open);
  }
}
