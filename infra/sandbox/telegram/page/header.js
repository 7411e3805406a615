import { byId } from "./dom.js";
import { word } from "./words.js";

// Unless the bot repeats it: https://core.telegram.org/bots/api#sendchataction
const ACTION_LASTS = 5000;

/** The bot's name and what it is doing. */
export class Header {
  show(bot) {
    byId("bot-name").textContent = bot.first_name;
    this.rest();
  }

  action(name) {
    clearTimeout(this.timer);
    this.#status(word(name), true);
    this.timer = setTimeout(() => this.rest(), ACTION_LASTS);
  }

  rest() {
    clearTimeout(this.timer);
    this.#status(word("bot"), false);
  }

  #status(text, busy) {
    byId("status").textContent = text;
    byId("status").classList.toggle("busy", busy);
  }
}
