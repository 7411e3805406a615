import { alert, attempt, connection, toast } from "./notices.js";
import * as server from "./server.js";
import { Stream } from "./stream.js";

/** One person's chat with the bot, kept up to date; one that was left changes nothing any more. */
export class Conversation {
  #stream = null;

  constructor(parts) {
    Object.assign(this, parts);
  }

  open(person) {
    this.#stream?.close();
    this.person = person;
    this.messages.clear();
    this.messages.list.ariaBusy = "true";
    this.header.rest();
    this.keyboard.show(null);
    this.scroll.toEnd();
    const stillHere = (act) => (value) => (this.person === person ? act(value) : undefined);
    this.#stream = new Stream(server.eventsAddress(person.id), {
      opened: () => this.#connected(person),
      received: stillHere((event) => this.#events[event.type]?.(event)),
      lost: stillHere(() => connection(true)),
    });
  }

  send = (text, reply) =>
    this.#own(() => server.say(this.person.id, { text, reply_to_message_id: reply }));

  edit = (message, text) => this.#own(() => server.edit(this.person.id, message.message_id, text));

  upload(form) {
    return attempt(async () => {
      await server.upload(this.person.id, form);
      this.scroll.toEnd();
    });
  }

  press = (message, data) =>
    attempt(() => this.callbacks.press(this.person.id, message.message_id, data));

  #own(work) {
    const { person } = this;
    return attempt(async () => {
      const message = await work();
      if (this.person === person) this.#put(message);
      this.scroll.toEnd();
    });
  }

  #connected(person) {
    if (this.person === person) connection(false);
    return this.#reload(person);
  }

  async #reload(person) {
    const [messages, keyboard, bot] = await Promise.all([
      server.messages(person.id),
      server.keyboard(person.id),
      server.bot(person.id),
    ]);
    if (this.person !== person) return;
    this.messages.replace(messages);
    this.keyboard.show(keyboard);
    this.header.show(bot);
    this.commands.update(bot.commands);
    this.changed();
    this.messages.list.ariaBusy = "false";
  }

  #events = {
    message: ({ message }) => this.#arrived(message),
    edited: ({ message }) => this.#put(message),
    deleted: ({ message_id: id }) => this.#remove(id),
    keyboard: ({ keyboard }) => this.keyboard.show(keyboard),
    action: ({ action }) => this.header.action(action),
    callback_answer: (event) => this.#answered(event),
    commands: () =>
      attempt(async () => this.commands.update((await server.bot(this.person.id)).commands)),
  };

  #arrived(message) {
    const isNew = !this.messages.has(message.message_id);
    this.#put(message);
    if (!message.from.is_bot) return;
    this.header.rest();
    if (isNew) this.scroll.noticed();
  }

  #put(message) {
    this.messages.put(message);
    this.changed();
  }

  #remove(id) {
    this.messages.remove(id);
    this.composer.forget(id);
    this.changed();
  }

  #answered({ callback_query_id: id, text, show_alert: important }) {
    this.callbacks.answered(id);
    if (text) (important ? alert : toast)(text);
  }
}
