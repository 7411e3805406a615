import { byId } from "./dom.js";
import { word } from "./words.js";

// Unless the bot repeats it: https://core.telegram.org/bots/api#sendchataction
const ACTION_LASTS = 5000;

/** Chat title, and the bot's current chat action. */
export class Header {
  #note = "";

  show(title, note, sign) {
    byId("chat-name").textContent = title;
    byId("chat-sign").replaceChildren(sign);
    this.#note = note;
    this.rest();
  }

  action(name) {
    clearTimeout(this.timer);
    this.#status(word(name), true);
    this.timer = setTimeout(() => this.rest(), ACTION_LASTS);
  }

  rest() {
    clearTimeout(this.timer);
    this.#status(this.#note, false);
  }

  #status(text, busy) {
    byId("status").textContent = text;
    byId("status").classList.toggle("busy", busy);
  }
}
