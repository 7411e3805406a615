import { icon } from "./dom.js";
import { word } from "./words.js";

const NEAR = 60;

/** Keep a log at its end while the user reads there; else count new messages on a button. */
export class Scroll {
  #stuck = true;
  #last = 0;
  #unseen = 0;
  #shown = "";

  constructor(scroller, contents, button, reached) {
    Object.assign(this, { scroller, button, reached });
    const observer = new ResizeObserver(() => this.#settle());
    for (const node of [...contents, scroller]) observer.observe(node);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => this.toEnd("smooth"));
  }

  get atEnd() {
    return this.#stuck;
  }

  toEnd(behavior = "instant") {
    this.#stuck = behavior !== "smooth";
    this.scroller.scrollTo({
      top: this.scroller.scrollHeight,
      behavior: calm() ? "instant" : behavior,
    });
  }

  /** A message of the bot arrived. */
  noticed() {
    if (this.#stuck) return;
    this.#unseen += 1;
    this.#show();
  }

  #settle() {
    if (this.#stuck) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#show();
  }

  // Only scrolling up leaves the end: growing content moves the end away without any scrolling.
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const near = scrollHeight - clientHeight - scrollTop < NEAR;
    if (near || scrollTop < this.#last) this.#stuck = near;
    this.#last = scrollTop;
    this.#show();
  }

  #show() {
    if (this.#stuck) {
      this.#unseen = 0;
      this.reached();
    }
    const state = `${this.#stuck} ${this.#unseen}`;
    if (state !== this.#shown) this.#label();
    this.#shown = state;
  }

  #label() {
    this.button.hidden = this.#stuck;
    this.button.ariaLabel = this.#unseen
      ? word("unread", { count: this.#unseen })
      : word("toNewest");
    this.button.replaceChildren(
      icon("down"),
      this.#unseen ? word("newest", { count: this.#unseen }) : "",
    );
  }
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
