const FIRST_DELAY = 400;
const LONGEST_DELAY = 5000;

/**
 * Events of one user. `opened` runs after every connection, because events may have been
 * missed; events that arrive meanwhile wait for it, so that no older state overwrites a newer one.
 */
export class Stream {
  #delay = FIRST_DELAY;
  #ready = Promise.resolve();

  constructor(address, { opened, received, lost }) {
    Object.assign(this, { address, opened, received, lost });
    this.#connect();
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
    this.closed = true;
  }

  #connect() {
    this.source = new EventSource(this.address);
    this.source.onopen = () => this.#open();
    this.source.onmessage = (event) => this.#pass(JSON.parse(event.data));
    this.source.onerror = () => this.#fail();
  }

  #open() {
    this.#delay = FIRST_DELAY;
    this.#ready = this.opened().catch(() => this.#fail());
  }

  async #pass(event) {
    await this.#ready;
    if (!this.closed) this.received(event);
  }

  // EventSource stops for good when a proxy answers with an error, so reconnect here.
  #fail() {
    this.source.close();
    if (this.closed) return;
    this.lost();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
  }
}
