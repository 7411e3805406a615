import { byId, element, icon } from "./dom.js";
import { richText } from "./entities.js";
import { word } from "./words.js";

const LASTS = 30_000;

/** Draft that the bot is writing: https://core.telegram.org/bots/api#sendmessagedraft */
export class Draft {
  constructor(stop) {
    this.node = byId("draft");
    this.stop = stop;
  }

  show({ draft_id: id, text = "", entities, can_stop: stoppable, keep_on_stop: kept }) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.clear(), LASTS);
    const words = element("p", { class: "text", dir: "auto" }, richText(text, entities));
    if (!text) words.append(word("thinking"));
    this.node.replaceChildren(
      element("div", { class: "bubble" }, words, element("span", { class: "dots" })),
      stoppable ? this.#button(id, kept) : "",
    );
    this.node.hidden = false;
  }

  clear() {
    clearTimeout(this.timer);
    this.node.hidden = true;
  }

  #button(id, kept) {
    const press = () => {
      this.stop(id);
      if (!kept) this.clear();
    };
    const look = { type: "button", class: "inline-button", onclick: press };
    return element("button", look, icon("stop"), word("stop"));
  }
}
