import { byId } from "./dom.js";
import { GroupDialog } from "./group_dialog.js";
import { attempt } from "./notices.js";
import * as server from "./server.js";
import { TopicDialog } from "./topic_dialog.js";

/** Group actions: create, invite, start a topic, switch privacy mode. */
export class GroupMenu {
  #group = null;

  /** `place` and `users` return the current place and all users; `go` opens a chat. */
  constructor({ place, users, go }) {
    Object.assign(this, { place, users, go });
    this.dialog = new GroupDialog();
    this.topics = new TopicDialog((name) => this.#createTopic(name));
    this.switch = byId("privacy");
    const presses = {
      "new-group": () => this.#found(),
      invite: () => this.#invite(),
      "new-topic": () => this.addTopic(),
      upgrade: () => this.#upgrade(),
    };
    for (const [id, act] of Object.entries(presses))
      byId(id).addEventListener("click", () => this.#choose(act));
    this.switch.addEventListener("change", () =>
      attempt(() => server.setPrivacy(this.switch.checked)),
    );
  }

  set privacy(on) {
    this.switch.checked = on;
  }

  /** Without a group (a private chat) hide all of these. */
  show(group) {
    this.#group = group;
    byId("invite").hidden = !group || !this.#strangers.length;
    byId("new-topic").hidden = !group?.is_forum;
    byId("upgrade").hidden = group?.type !== "group";
    byId("privacy-choice").hidden = !group;
  }

  addTopic() {
    this.topics.open();
  }

  get #strangers() {
    const members = new Set(this.#group.members.map(({ id }) => id));
    return this.users().filter(({ id }) => !members.has(id));
  }

  #choose(act) {
    byId("menu").hidePopover();
    act();
  }

  #found() {
    const { user } = this.place();
    const others = this.users().filter(({ id }) => id !== user);
    this.dialog.found(others, (group) =>
      attempt(async () => this.go(user, (await server.createGroup(user, group)).id)),
    );
  }

  #invite() {
    this.dialog.invite(this.#strangers, ({ users }) =>
      attempt(async () => {
        for (const guest of users) await server.invite(this.place(), guest);
      }),
    );
  }

  #createTopic(name) {
    const { user, chat } = this.place();
    return attempt(async () => {
      const topic = await server.createTopic(this.place(), name);
      this.go(user, chat, topic.message_thread_id);
    });
  }

  #upgrade() {
    const place = this.place();
    return attempt(async () => this.go(place.user, (await server.upgrade(place)).id));
  }
}
