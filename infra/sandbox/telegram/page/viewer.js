import { textOf } from "./contents.js";
import { element, icon } from "./dom.js";
import { clip } from "./media.js";
import { fileAddress } from "./server.js";
import { word } from "./words.js";

/** Full-page viewer of images and videos: arrows browse an album, Esc or a click outside closes. */
export class Viewer {
  #messages = [];
  #index = 0;

  constructor(dialog, paint) {
    Object.assign(this, { dialog, paint });
    dialog.addEventListener("click", (event) => this.#click(event));
    dialog.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("close", () => dialog.replaceChildren());
  }

  open(messages, index) {
    this.#messages = messages;
    this.#index = index;
    this.#show();
    if (!this.dialog.open) this.dialog.showModal();
  }

  #show() {
    const message = this.#messages[this.#index];
    const shown = message.photo ? fullPicture(message) : playing(message);
    const caption = textOf(message) || textOf(this.#messages[0]);
    this.dialog.replaceChildren(
      element("figure", {}, shown, caption ? element("figcaption", {}, caption) : null),
      element("div", { class: "viewer-tools" }, ...this.#tools(message)),
      ...this.#arrows(),
    );
  }

  #tools(message) {
    const { file_id: id, file_name: name } =
      message.video ?? message.animation ?? message.photo.at(-1);
    const suggested = name ?? (message.photo ? "photo.jpg" : "video.mp4");
    const label = word("download", { name: suggested });
    return [
      message.photo && tool("paint", "paint", () => this.#paint(message)),
      element(
        "a",
        {
          class: "round",
          href: fileAddress(id),
          download: suggested,
          "aria-label": label,
          title: label,
        },
        icon("download"),
      ),
      tool("close", "close", () => this.dialog.close()),
    ].filter(Boolean);
  }

  #paint(message) {
    this.dialog.close();
    this.paint(message);
  }

  #arrows() {
    if (this.#messages.length < 2) return [];
    const count = element(
      "p",
      { class: "viewer-count", role: "status" },
      `${this.#index + 1} / ${this.#messages.length}`,
    );
    return [
      count,
      tool("left", "previous", () => this.#step(-1)),
      tool("right", "next", () => this.#step(1)),
    ];
  }

  #step(by) {
    const { length } = this.#messages;
    this.#index = (this.#index + by + length) % length;
    this.#show();
  }

  #click(event) {
    if (!event.target.closest("img, video, button, a, figcaption")) this.dialog.close();
  }

  #key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && this.#messages.length > 1) this.#step(by);
  }
}

const tool = (sign, name, act) =>
  element(
    "button",
    {
      type: "button",
      class: `round ${name}`,
      "aria-label": word(name),
      title: word(name),
      onclick: act,
    },
    icon(sign),
  );

function fullPicture(message) {
  const { file_id: id, width, height } = message.photo.at(-1);
  return element("img", {
    src: fileAddress(id),
    alt: message.caption ?? word("photo"),
    width,
    height,
  });
}

function playing(message) {
  const node = clip(message);
  node.autoplay = true;
  return node;
}
