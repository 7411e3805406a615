import { kindOf } from "./contents.js";
import { byId, element, icon } from "./dom.js";
import { attempt } from "./notices.js";
import * as server from "./server.js";
import { word } from "./words.js";

const PAUSE = 250;
const NEAR_END = 120;

/**
 * Results of an inline query: `@bot words` in the field asks the bot, a press sends a result.
 * https://core.telegram.org/bots/features#inline-requests
 */
export class InlineResults {
  #bot = null;
  #timer = 0;
  #asked = null;
  #early = new Map();

  /** `sent` is called after a result was sent, `start` opens the bot with a parameter. */
  constructor({ place, sent, start }) {
    Object.assign(this, { place, sent, start });
    this.panel = byId("inline");
    this.field = byId("text");
    this.field.addEventListener("input", () => this.#typed());
    this.panel.addEventListener("scroll", () => this.#scrolled());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** The bot of this chat; a query that waits in the field is asked now. */
  update(bot) {
    this.#bot = bot.inline ? bot.username : null;
    this.#typed();
  }

  close() {
    clearTimeout(this.#timer);
    this.#asked = null;
    this.#early.clear();
    this.panel.hidden = true;
    this.panel.replaceChildren();
  }

  /** Show an answer, unless the text was changed or a page of it is shown already. */
  answered(answer) {
    const asked = this.#asked;
    if (asked?.id !== answer.inline_query_id) {
      this.#early.set(answer.inline_query_id, answer);
      return;
    }
    if (!asked.offset) this.panel.replaceChildren();
    if (answer.button) this.panel.append(this.#button(answer.button));
    this.panel.append(...answer.results.map((result) => this.#result(asked, result)));
    asked.next = answer.next_offset;
    this.panel.hidden = !this.panel.childElementCount;
  }

  get #query() {
    const typed = /^@(\w+)\s([^]*)$/.exec(this.field.value);
    const isBot = this.#bot && typed?.[1].toLowerCase() === this.#bot.toLowerCase();
    return isBot ? typed[2].trim() : null;
  }

  #typed() {
    const query = this.#query;
    if (query === null) return this.close();
    if (query === this.#asked?.query && !this.#asked.offset) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(query, ""), PAUSE);
  }

  #ask(query, offset) {
    return attempt(async () => {
      const asked = { query, offset };
      this.#asked = asked;
      const { inline_query_id: id } = await server.askInline(this.place(), query, offset);
      asked.id = id;
      const early = this.#early.get(id);
      this.#early.clear();
      if (early && this.#asked === asked) this.answered(early);
    });
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.panel;
    const asked = this.#asked;
    if (!asked?.next || scrollTop + clientHeight < scrollHeight - NEAR_END) return;
    this.#ask(asked.query, asked.next);
  }

  #button({ text, start_parameter: parameter }) {
    const open = () => {
      this.close();
      this.start(parameter);
    };
    return element("button", { type: "button", class: "inline-open", onclick: open }, text);
  }

  #result(asked, result) {
    const title = result.title || word(kindOf(result.message));
    return element(
      "button",
      {
        type: "button",
        class: "inline-result",
        title,
        "aria-label": title,
        onclick: () => this.#choose(asked, result),
      },
      preview(result.message),
      result.type === "document" ? element("span", {}, title) : null,
    );
  }

  #choose(asked, result) {
    return attempt(async () => {
      await server.chooseInline(this.place(), asked.id, result.id);
      this.close();
      this.sent();
    });
  }
}

function preview(message) {
  const file = message.video ?? message.document;
  const image = message.photo ? message.photo[0] : file?.thumbnail;
  if (!image) return icon("clip");
  const shown = element("img", {
    src: server.fileAddress(image.file_id),
    alt: "",
    decoding: "async",
  });
  return element("span", { class: `inline-preview ${message.video ? "video" : ""}` }, shown);
}
