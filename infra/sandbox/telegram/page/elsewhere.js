import { byId } from "./dom.js";
import * as server from "./server.js";

const PAUSE = 3000;

/**
 * Unread counts of the other chats. Events come for one chat at a time, and a browser opens few
 * connections to a server, so the other chats are polled.
 */
export class Elsewhere {
  /** `here` returns the current place. */
  constructor({ users, groups, here }) {
    Object.assign(this, { users, groups, here });
  }

  /** Poll forever; a failed request is retried next time. */
  watch() {
    this.#look()
      .catch(() => undefined)
      .finally(() => setTimeout(() => this.watch(), PAUSE));
  }

  async #look() {
    if (document.visibilityState !== "visible") return;
    this.users.show(await server.users());
    for (const { id } of this.users.all) {
      if (id !== this.here().chat)
        this.users.news(id, await server.messages({ user: id, chat: id }));
    }
    await this.lookAtGroups();
  }

  async lookAtGroups() {
    const { user, chat, thread } = this.here();
    for (const { id } of this.groups.all) {
      if (id !== chat || thread)
        this.groups.news(id, await server.messages({ user, chat: id }));
    }
    this.count();
  }

  /** Show the count in the page's title, and on a phone beside the menu button. */
  count() {
    const unread = this.users.unread + this.groups.unread;
    document.title = unread ? `(${unread}) Darkroom` : "Darkroom";
    const badge = byId("elsewhere");
    badge.hidden = !unread;
    badge.textContent = unread;
  }
}
