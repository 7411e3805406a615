import { avatar } from "./avatar.js";
import { byId, closable, element } from "./dom.js";

/** Ask for one of the user's chats, for example to share a result there. */
export class ChatDialog {
  constructor() {
    this.dialog = byId("chat-dialog");
    closable(this.dialog);
  }

  open(chats, choose) {
    byId("chat-choices").replaceChildren(
      ...chats.map((chat) => this.#choice(chat, () => choose(chat))),
    );
    byId("chat-none").hidden = chats.length > 0;
    this.dialog.showModal();
  }

  #choice(chat, act) {
    const press = () => {
      this.dialog.close();
      act();
    };
    return element(
      "button",
      { type: "button", class: "choice", onclick: press },
      avatar(chat),
      element("span", {}, chat.title ?? chat.first_name),
    );
  }
}
