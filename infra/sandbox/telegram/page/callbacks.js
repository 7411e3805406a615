import * as server from "./server.js";

// Telegram drops a callback query after about this time, so the button stops waiting.
const PATIENCE = 30_000;

/** Inline button presses: each waits for the event that answers its callback query. */
export class Callbacks {
  #waiting = new Map();
  #early = new Set();

  async press(place, messageId, data) {
    const { callback_query_id: id } = await server.press(place, messageId, data);
    // The answer may arrive before the response with the query's id.
    if (this.#early.delete(id)) return;
    await new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => this.#settle(id), PATIENCE);
    });
  }

  answered(id) {
    if (!this.#settle(id)) this.#early.add(id);
  }

  #settle(id) {
    this.#waiting.get(id)?.();
    return this.#waiting.delete(id);
  }
}
