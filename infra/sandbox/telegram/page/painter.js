import { byId } from "./dom.js";
import { attempt } from "./notices.js";
import { Painting } from "./painting.js";

const FILE_NAME = "painted.jpg";
// A step of the arrow keys, in widths of the brush.
const STEP = 0.5;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Paint over an image by finger, mouse or keys, as in the photo editor of Telegram's apps. */
export class Painter {
  #painting = null;
  #finish = null;
  #cursor = { x: 0, y: 0 };

  constructor() {
    this.dialog = byId("painter");
    this.form = byId("painter-form");
    this.canvas = byId("painter-canvas");
    this.sign = byId("painter-cursor");
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.form.addEventListener("input", () => this.#showCursor());
    this.dialog.addEventListener("close", () => this.#close());
    byId("painter-cancel").addEventListener("click", () => this.dialog.close());
    byId("painter-undo").addEventListener("click", () => this.#undo());
    this.dialog.addEventListener("keydown", (event) => this.#shortcut(event));
    this.#listenToCanvas();
  }

  /** Return the painted image as a file; null when cancelled. */
  async paint(blob) {
    const opened = await attempt(async () => this.#open(await createImageBitmap(blob)));
    if (!opened) return null;
    return new Promise((resolve) => (this.#finish = resolve));
  }

  #open(picture) {
    this.#painting = new Painting(this.canvas, picture);
    this.#cursor = { x: picture.width / 2, y: picture.height / 2 };
    this.dialog.showModal();
    this.canvas.focus({ focusVisible: false });
    this.#refresh();
  }

  #listenToCanvas() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      this.#begin(this.#point(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      for (const each of event.getCoalescedEvents?.() ?? [event])
        this.#painting.extend(this.#point(each));
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["focus", "blur"])
      canvas.addEventListener(name, () => this.#showCursor());
  }

  /** Colour, and width in the image's pixels: a share of its shorter side. */
  get #brush() {
    const { colour, size } = this.form.elements;
    const shorter = Math.min(this.canvas.width, this.canvas.height);
    return { colour: colour.value, width: Math.max(1, (shorter * size.valueAsNumber) / 100) };
  }

  #point({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      x: ((clientX - left) / width) * this.canvas.width,
      y: ((clientY - top) / height) * this.canvas.height,
    };
  }

  #begin(point) {
    this.#cursor = point;
    this.#painting.begin(this.#brush, point);
    this.#refresh();
  }

  #key(event) {
    const arrow = ARROWS[event.key];
    if (event.key === " ") this.#begin(this.#cursor);
    else if (arrow) this.#move(arrow, event.shiftKey);
    else return;
    event.preventDefault();
  }

  // With Shift the brush draws while it moves.
  #move([right, down], painting) {
    const step = this.#brush.width * STEP;
    const from = this.#cursor;
    const within = (value, end) => Math.min(Math.max(value, 0), end);
    this.#cursor = {
      x: within(from.x + right * step, this.canvas.width),
      y: within(from.y + down * step, this.canvas.height),
    };
    if (painting) {
      this.#painting.begin(this.#brush, from);
      this.#painting.extend(this.#cursor);
    }
    this.#refresh();
  }

  #shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    this.#undo();
  }

  #undo() {
    this.#painting.undo();
    this.#refresh();
  }

  #refresh() {
    byId("painter-undo").disabled = this.#painting.isEmpty;
    byId("painter-done").disabled = this.#painting.isEmpty;
    this.#showCursor();
  }

  // Only keyboard users need to see the brush position.
  #showCursor() {
    this.sign.hidden = !this.canvas.matches(":focus-visible");
    const scale = this.canvas.clientWidth / this.canvas.width;
    const { colour, width } = this.#brush;
    Object.assign(this.sign.style, {
      left: `${this.canvas.offsetLeft + this.#cursor.x * scale}px`,
      top: `${this.canvas.offsetTop + this.#cursor.y * scale}px`,
      width: `${width * scale}px`,
      backgroundColor: colour,
    });
  }

  async #submit(event) {
    event.preventDefault();
    const blob = await this.#painting.flattened();
    this.#finish?.(new File([blob], FILE_NAME, { type: blob.type }));
    this.#finish = null;
    this.dialog.close();
  }

  #close() {
    this.#finish?.(null);
    this.#finish = null;
    this.#painting = null;
    this.canvas.width = 1;
  }
}
