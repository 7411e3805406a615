import { isOwn } from "./contents.js";
import { alert, attempt, connection, toast } from "./notices.js";
import { isIn } from "./place.js";
import * as server from "./server.js";
import { Stream } from "./stream.js";

/** One user's chat with live updates; after leaving it, updates have no effect. */
export class Conversation {
  #stream = null;

  constructor(parts) {
    Object.assign(this, parts);
  }

  open(place) {
    this.#stream?.close();
    this.place = place;
    this.messages.clear();
    this.messages.list.ariaBusy = "true";
    this.draft.clear();
    this.header.rest();
    this.keyboard.show(null);
    this.scroll.toEnd();
    const stillHere = (act) => (value) => (this.place === place ? act(value) : undefined);
    this.#stream = new Stream(server.eventsAddress(place), {
      opened: () => this.#connected(place),
      received: stillHere((event) => this.#events[event.type]?.(event)),
      lost: stillHere(() => connection(true)),
    });
  }

  send = (text, reply) =>
    this.#own(() => server.say(this.place, { text, reply_to_message_id: reply }));

  edit = (message, text) => this.#own(() => server.edit(this.place, message.message_id, text));

  delete = (message) => attempt(() => server.remove(this.place, message.message_id));

  upload(form) {
    return attempt(async () => {
      await server.upload(this.place, form);
      this.scroll.toEnd();
    });
  }

  press = (message, data) =>
    attempt(() => this.callbacks.press(this.place, message.message_id, data));

  react = (message, emoji) =>
    attempt(() => server.react(this.place, message.message_id, emoji));

  stopDraft = (id) => attempt(() => server.stopDraft(this.place, id));

  #own(work) {
    const { place } = this;
    return attempt(async () => {
      const message = await work();
      if (this.place === place) this.#put(message);
      this.scroll.toEnd();
    });
  }

  #connected(place) {
    if (this.place === place) connection(false);
    return this.#reload(place);
  }

  async #reload(place) {
    const [messages, keyboard, bot] = await Promise.all([
      server.messages(place),
      server.keyboard(place),
      server.bot(place),
    ]);
    if (this.place !== place) return;
    this.messages.replace(messages.filter((message) => isIn(message, place.thread)));
    this.keyboard.show(keyboard);
    this.met(bot);
    this.changed();
    this.messages.list.ariaBusy = "false";
  }

  #events = {
    message: ({ message }) => this.#arrived(message),
    edited: ({ message }) => this.#put(message),
    reaction: ({ message }) => this.#put(message),
    deleted: ({ message_id: id }) => this.#remove(id),
    draft: (event) => this.draft.show(event),
    keyboard: ({ keyboard }) => this.keyboard.show(keyboard),
    action: (event) => this.#acts(event),
    callback_answer: (event) => this.#answered(event),
    inline_answer: (event) => this.inline.answered(event),
    commands: () => attempt(async () => this.met(await server.bot(this.place))),
    groups: () => this.grouped(),
  };

  #acts({ action, message_thread_id: thread }) {
    if ((thread ?? null) === (this.place.thread ?? null)) this.header.action(action);
  }

  #arrived(message) {
    const isNew = !this.messages.has(message.message_id);
    this.#put(message);
    if (message.migrate_to_chat_id) this.moved(message.migrate_to_chat_id);
    if (message.from.is_bot) {
      this.header.rest();
      this.draft.clear();
    }
    if (isNew && !isOwn(message)) this.scroll.noticed();
  }

  #put(message) {
    if (isIn(message, this.place.thread)) this.messages.put(message);
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
