import { byId } from "./dom.js";
import * as server from "./server.js";

const PAUSE = 3000;

/**
 * The chats one does not look at. Events come for one chat at a time, and a browser opens few
 * connections to a server: the others are looked at now and then.
 */
export class Elsewhere {
  /** `here` tells the place where one is. */
  constructor({ people, groups, here }) {
    Object.assign(this, { people, groups, here });
  }

  /** Again and again; what fails is tried next time. */
  watch() {
    this.#look()
      .catch(() => undefined)
      .finally(() => setTimeout(() => this.watch(), PAUSE));
  }

  async #look() {
    if (document.visibilityState !== "visible") return;
    this.people.show(await server.people());
    for (const { id } of this.people.all) {
      if (id !== this.here().chat)
        this.people.news(id, await server.messages({ person: id, chat: id }));
    }
    await this.lookAtGroups();
  }

  async lookAtGroups() {
    const { person, chat, thread } = this.here();
    for (const { id } of this.groups.all) {
      if (id !== chat || thread)
        this.groups.news(id, await server.messages({ person, chat: id }));
    }
    this.count();
  }

  /** In the page's title, and on a phone beside the sign that opens the list. */
  count() {
    const unread = this.people.unread + this.groups.unread;
    document.title = unread ? `(${unread}) Darkroom` : "Darkroom";
    const badge = byId("elsewhere");
    badge.hidden = !unread;
    badge.textContent = unread;
  }
}
