import { byId } from "./dom.js";
import { attempt, toast } from "./notices.js";
import * as server from "./server.js";
import { word } from "./words.js";

/** Block the bot. The server does not report who has: the page remembers it. */
export class Blocking {
  #user = null;

  constructor() {
    for (const id of ["block", "unblock"]) byId(id).addEventListener("click", () => this.#switch());
  }

  /** A group has no blocking. */
  show(user, chat = user) {
    this.#user = user;
    const isPrivate = chat === user;
    const blocked = isPrivate && this.#blocked;
    byId("block").hidden = !isPrivate;
    byId("block").textContent = word(blocked ? "unblock" : "block");
    byId("composer").hidden = blocked;
    byId("unblock").hidden = !blocked;
  }

  get #key() {
    return `blocked:${this.#user}`;
  }

  get #blocked() {
    return localStorage.getItem(this.#key) !== null;
  }

  #switch() {
    byId("menu").hidePopover();
    return attempt(() => (this.#blocked ? this.#unblock() : this.#block()));
  }

  async #block() {
    await server.block(this.#user);
    localStorage.setItem(this.#key, "yes");
    this.show(this.#user);
    toast(word("blocked"));
  }

  async #unblock() {
    await server.unblock(this.#user);
    localStorage.removeItem(this.#key);
    this.show(this.#user);
    toast(word("unblocked"));
  }
}
