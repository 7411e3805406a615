import { avatar, hue } from "./avatar.js";
import {
  answered,
  authorOf,
  entitiesOf,
  isOwn,
  isVisual,
  kindOf,
  summary,
  textOf,
} from "./contents.js";
import { element, icon } from "./dom.js";
import { richText } from "./entities.js";
import { fullTime, time } from "./formats.js";
import { inlineKeyboard } from "./inline_keyboard.js";
import { media } from "./media.js";
import { reactions } from "./reactions.js";
import { richBlocks } from "./rich.js";
import { onSwipe } from "./swipe.js";
import { word } from "./words.js";

/**
 * One message or album on the screen. An update rebuilds only the parts whose content
 * changed, so that a video keeps playing and nothing flickers while its caption is edited.
 */
export class Bubble {
  #keys = {};
  #messages = [];

  constructor(messages, actions) {
    this.actions = actions;
    this.parts = Object.fromEntries(
      Object.keys(PARTS).map((name) => [name, element("div", { class: name })]),
    );
    const { quote, media: shown, rich, body, reactions: reacted, buttons } = this.parts;
    const author = authorLine(messages[0]);
    const via = viaLine(messages[0]);
    this.card = element("article", { class: "bubble" }, author, via, quote, shown, rich, body, reacted);
    this.side = element("div", { class: "side" });
    this.stack = element("div", { class: "stack" }, this.card, buttons);
    this.node = element(
      "li",
      { class: `row ${isOwn(messages[0]) ? "own" : "theirs"}${messages[0].ephemeral ? " whispered" : ""}` },
      author ? avatar(messages[0].from) : null,
      this.stack,
      this.side,
    );
    this.card.addEventListener("dblclick", (event) => this.#doubleClick(event));
    this.card.addEventListener("contextmenu", (event) =>
      this.actions.menu(event, this.#messageAt(event.target)),
    );
    onSwipe(this.stack, () => this.actions.reply(this.#messages[0]));
    this.side.append(...this.#sideButtons(messages[0]));
    this.update(messages);
  }

  get messages() {
    return this.#messages;
  }

  update(messages) {
    if (same(messages, this.#messages)) return;
    this.#messages = messages;
    this.node.dataset.messageId = messages[0].message_id;
    this.card.classList.toggle("bare", !textOf(captioned(messages)) && messages.every(isVisual));
    for (const [name, part] of Object.entries(PARTS)) this.#refresh(name, part);
  }

  flash() {
    this.node.classList.remove("flash");
    requestAnimationFrame(() => this.node.classList.add("flash"));
  }

  #refresh(name, { content, render }) {
    const key = JSON.stringify(content(this.#messages)) ?? "";
    if (this.#keys[name] === key) return;
    const isFirst = !(name in this.#keys);
    this.#keys[name] = key;
    const nodes = render(this.#messages, this.actions, this.stack);
    const swap = () => this.#keys[name] === key && this.parts[name].replaceChildren(...nodes);
    if (name !== "media" || isFirst) swap();
    else shown(nodes).then(swap);
  }

  // In an album each image represents its own message.
  #messageAt(target) {
    const tiles = [...this.parts.media.querySelectorAll(".album > *, .file")];
    const index = tiles.findIndex((tile) => tile.contains(target));
    return this.#messages[index] ?? this.#messages[0];
  }

  #doubleClick(event) {
    if (event.target.closest("a, button, video, audio, code")) return;
    getSelection().removeAllRanges();
    this.actions.reply(this.#messages[0]);
  }

  #sideButtons(message) {
    const reply = sideButton("reply", () => this.actions.reply(this.#messages[0]));
    if (!isOwn(message) || kindOf(message) !== "text") return [reply];
    return [reply, sideButton("edit", () => this.actions.edit(this.#messages[0]))];
  }
}

// A replacement image is inserted only once it is decoded, so that nothing jumps.
function shown(nodes) {
  const images = nodes.flatMap((node) => [...node.querySelectorAll("img")]);
  const ready = Promise.allSettled(images.map((image) => image.decode()));
  return Promise.race([ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}

// The author, in a group.
const authorLine = (message) =>
  message.chat.type === "private" || isOwn(message)
    ? null
    : element("strong", { class: `author ${hue(message.from)}` }, message.from.first_name);

// The bot whose inline result a message is.
const viaLine = ({ via_bot: bot }) =>
  bot ? element("span", { class: "via" }, word("via", { name: bot.username })) : null;

const sideButton = (name, act) =>
  element(
    "button",
    {
      type: "button",
      class: "side-button",
      title: word(name),
      "aria-label": word(name),
      onclick: act,
    },
    icon(name),
  );

const same = (left, right) =>
  left.length === right.length && left.every((message, index) => message === right[index]);
const captioned = (messages) => messages.find((message) => textOf(message)) ?? messages[0];
const edited = (messages) => messages.find((message) => message.edit_date)?.edit_date;

const PATIENCE = 1500;
const FILES = [
  ...["photo", "video", "animation", "document", "audio", "voice", "video_note"],
  ...["sticker", "location"],
];

const PARTS = {
  quote: {
    content: ([message]) => answered(message),
    render: ([message], actions) =>
      answered(message) ? [quote(answered(message), actions)] : [],
  },
  media: {
    content: (messages) =>
      messages.map((message) => [kindOf(message), ...FILES.map((kind) => message[kind])]),
    render: showMedia,
  },
  rich: {
    content: ([message]) => message.rich_message,
    render: ([message], actions) => richBlocks(message, actions),
  },
  body: {
    content: (messages) => [
      textOf(captioned(messages)),
      entitiesOf(captioned(messages)),
      edited(messages),
    ],
    render: body,
  },
  reactions: {
    content: (messages) => messages.map((message) => message.reactions),
    render: reactions,
  },
  buttons: {
    content: (messages) => messages.at(-1).reply_markup,
    render: (messages, actions) => inlineKeyboard(messages.at(-1), actions),
  },
};

function quote(message, { jump }) {
  return element(
    "button",
    { type: "button", class: "quoted-message", onclick: () => jump(message.message_id) },
    element("strong", {}, authorOf(message)),
    element("span", {}, summary(message)),
  );
}

function showMedia(messages, actions, stack) {
  const onlyText = messages.every((message) => ["text", "rich_message"].includes(kindOf(message)));
  const { nodes, width } = onlyText ? { nodes: [] } : media(messages, actions);
  stack.classList.toggle("wide", width !== undefined);
  stack.style.setProperty("--media-width", `${width}px`);
  return nodes;
}

function body(messages, actions) {
  const message = captioned(messages);
  const text = textOf(message);
  const sent = messages.at(-1).date;
  const ephemeral = message.ephemeral
    ? element("span", { class: "ephemeral" }, word("ephemeral"))
    : null;
  const note = edited(messages) ? element("span", { class: "edited" }, word("edited")) : null;
  const stamp = element(
    "time",
    { datetime: new Date(sent * 1000).toISOString(), title: fullTime(sent) },
    time(sent),
  );
  return [
    element(
      "div",
      { class: "text", dir: "auto" },
      text ? richText(text, entitiesOf(message), actions) : null,
    ),
    element("span", { class: "meta" }, ephemeral, note, stamp),
  ];
}
