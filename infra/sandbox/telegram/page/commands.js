import { byId, element } from "./dom.js";

/** The bot's commands: the button lists all, a slash at the start of a text the matching ones. */
export class CommandMenu {
  #commands = [];
  #shown = [];
  #index = 0;
  #bot = "";

  constructor(send) {
    this.list = byId("commands");
    this.button = byId("commands-button");
    this.field = byId("text");
    this.send = send;
    this.button.addEventListener("click", () =>
      this.list.hidden ? this.#show(this.#commands) : this.#close(),
    );
    this.field.addEventListener("input", () => this.#filter());
    // Capture keys before the field, wherever the focus is: the button opens the list too.
    document.addEventListener("keydown", (event) => this.#key(event), true);
    document.addEventListener("pointerdown", (event) => this.#outside(event));
  }

  /** In a group a command names its bot, because there may be others. */
  update(commands, bot) {
    this.#commands = commands;
    this.#bot = bot ? `@${bot}` : "";
    this.button.hidden = !commands.length;
    this.#close();
  }

  #filter() {
    const typed = /^\/(\w*)$/.exec(this.field.value);
    this.#show(
      typed
        ? this.#commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase()))
        : [],
    );
  }

  #show(commands) {
    this.#shown = commands;
    this.#index = 0;
    this.list.replaceChildren(...commands.map((command, index) => this.#option(command, index)));
    this.#reveal(commands.length > 0);
  }

  #option({ command, description }, index) {
    return element(
      "li",
      { id: `command-${index}`, role: "option", onclick: () => this.#choose(index) },
      element("strong", {}, `/${command}`),
      element("span", {}, description),
    );
  }

  #close() {
    this.#reveal(false);
  }

  #reveal(open) {
    this.list.hidden = !open;
    this.button.ariaExpanded = String(open);
    this.#mark(open ? this.#index : -1);
  }

  #mark(index) {
    this.#index = index;
    [...this.list.children].forEach((node, place) => {
      node.ariaSelected = String(place === index);
      if (place === index) node.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", `command-${index}`);
  }

  #choose(index) {
    if (this.field.value.startsWith("/")) this.field.value = "";
    this.#close();
    this.send(`/${this.#shown[index].command}${this.#bot}`);
    this.field.focus();
  }

  #complete() {
    this.field.value = `/${this.#shown[this.#index].command}${this.#bot} `;
    this.#close();
    this.field.focus();
  }

  #key(event) {
    if (this.list.hidden || event.isComposing || event.shiftKey) return;
    const act = {
      ArrowDown: () => this.#step(1),
      ArrowUp: () => this.#step(-1),
      Enter: () => this.#choose(this.#index),
      Tab: () => this.#complete(),
      Escape: () => this.#close(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  #step(by) {
    this.#mark((this.#index + by + this.#shown.length) % this.#shown.length);
  }

  #outside(event) {
    if (!event.target.closest("#commands, #commands-button, #text")) this.#close();
  }
}
