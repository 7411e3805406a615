import { byId } from "./dom.js";
import { duration } from "./formats.js";
import { attempt } from "./notices.js";
import { word } from "./words.js";

// Telegram's own form first; a browser that cannot record it has one of the others.
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const TICK = 250;

/** Records a voice message with the browser's microphone. */
export class VoiceRecorder {
  #recorder = null;
  #timer = 0;

  /** `send` gets the recording as a file. */
  constructor(send) {
    this.send = send;
    this.bar = byId("recording");
    this.form = byId("composer");
    byId("record").addEventListener("click", () => attempt(() => this.#start()));
    byId("recording-cancel").addEventListener("click", () => this.#stop());
    byId("recording-send").addEventListener("click", () => this.#finish());
    addEventListener("hashchange", () => this.#stop());
  }

  async #start() {
    if (this.#recorder) return;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => {
      throw new Error(word("noMicrophone"));
    });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { mimeType });
    this.#recorder.start();
    this.#show(true);
    const began = Date.now();
    const tick = () =>
      (byId("recording-time").textContent = duration((Date.now() - began) / 1000));
    tick();
    this.#timer = setInterval(tick, TICK);
    byId("recording-send").focus();
  }

  /** Stop, and return the recording; none if nothing is recorded. */
  async #stop() {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (!recorder) return undefined;
    clearInterval(this.#timer);
    this.#show(false);
    const recorded = new Promise((resolve) =>
      recorder.addEventListener("dataavailable", ({ data }) => resolve(data), { once: true }),
    );
    recorder.stop();
    for (const track of recorder.stream.getTracks()) track.stop();
    return new File([await recorded], "voice", { type: recorder.mimeType });
  }

  async #finish() {
    const file = await this.#stop();
    if (file?.size) await this.send(file);
  }

  #show(isRecording) {
    this.bar.hidden = !isRecording;
    this.form.hidden = isRecording;
  }
}
