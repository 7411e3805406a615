import { byId, closable, element, fitHeight, icon } from "./dom.js";
import { size } from "./formats.js";
import { toast } from "./notices.js";
import { word } from "./words.js";

const ALBUM = 10;
const isVisual = (file) => /^(image|video)\//.test(file.type);
const isSound = (file) => file.type.startsWith("audio/");
const isClip = (file) => file.type.startsWith("video/");

/** Dialog for files to send: chosen, dropped or pasted, previewed with a caption. */
export class Attachments {
  #files = [];

  /** `send` returns whether the files were sent; `paint` returns an image painted over. */
  constructor({ composer, send, paint }) {
    Object.assign(this, { composer, send, paint });
    this.dialog = byId("attachments");
    this.form = byId("attachments-form");
    this.caption = this.form.elements.caption;
    this.picker = byId("file");
    this.#listenToDialog();
    this.#listenToSources();
  }

  #listenToDialog() {
    closable(this.dialog);
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.dialog.addEventListener("close", () => this.#clear());
    byId("attachments-more").addEventListener("click", () => this.picker.click());
    this.caption.addEventListener("input", () => fitHeight(this.caption));
    this.caption.addEventListener("keydown", (event) => this.#key(event));
  }

  #listenToSources() {
    byId("attach").addEventListener("click", () => this.picker.click());
    this.picker.addEventListener("change", () => {
      this.offer(this.picker.files);
      this.picker.value = "";
    });
    document.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.offer(event.clipboardData.files);
    });
    dropTarget((files) => this.offer(files));
  }

  offer(files) {
    this.#files.push(...files);
    if (this.#files.length > ALBUM) toast(word("tooMany"));
    this.#files = this.#files.slice(0, ALBUM);
    if (!this.#files.length) return;
    this.#show();
    if (!this.dialog.open) this.#open();
  }

  // The text in the composer becomes the caption.
  #open() {
    this.caption.value = this.composer.text;
    this.dialog.showModal();
    fitHeight(this.caption);
    this.caption.focus();
  }

  #show() {
    byId("attachments-title").textContent = word("attachments", { count: this.#files.length });
    const alone = this.#files.length === 1;
    byId("as-voice").hidden = !(alone && isSound(this.#files[0]));
    byId("as-note").hidden = !(alone && isClip(this.#files[0]));
    byId("attachments-kind").hidden = byId("as-voice").hidden && !this.#files.some(isVisual);
    this.#forgetPreviews();
    byId("attachments-list").replaceChildren(
      ...this.#files.map((file, index) => this.#item(file, index)),
    );
  }

  #item(file, index) {
    const { name } = file;
    return element(
      "li",
      {},
      element("span", { class: "file-sign" }, preview(file)),
      element("span", { class: "file-name" }, name),
      element("span", { class: "file-size" }, size(file.size)),
      element(
        "span",
        { class: "file-tools" },
        isPicture(file) ? tool("paint", "paintOver", name, () => this.#paint(index)) : null,
        tool("close", "remove", name, () => this.#drop(index)),
      ),
    );
  }

  async #paint(index) {
    const painted = await this.paint(this.#files[index]);
    if (painted) this.#files[index] = painted;
    this.#show();
  }

  #drop(index) {
    this.#files.splice(index, 1);
    if (this.#files.length) this.#show();
    else this.dialog.close();
  }

  // The dialog stays open until the files are sent: failed ones can be sent again.
  async #submit(event) {
    event.preventDefault();
    if (this.form.ariaBusy === "true") return;
    this.form.ariaBusy = "true";
    const sent = await this.send(this.#packed());
    this.form.ariaBusy = "false";
    if (sent) this.dialog.close();
  }

  #packed() {
    const form = new FormData();
    if (this.caption.value.trim()) form.set("caption", this.caption.value.trim());
    const kind = this.form.elements.as.value;
    if (kind !== "media") form.set("as", kind);
    for (const file of this.#files) form.append("file", file);
    return form;
  }

  #clear() {
    this.#files = [];
    this.#forgetPreviews();
    this.form.reset();
  }

  #forgetPreviews() {
    for (const image of byId("attachments-list").querySelectorAll("img"))
      URL.revokeObjectURL(image.src);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }
}

const isPicture = (file) => /^image\/(jpeg|png|webp)$/.test(file.type);

function tool(sign, key, name, act) {
  const label = word(key, { name });
  const look = { type: "button", class: "round", "aria-label": label, title: label };
  return element("button", { ...look, onclick: act }, icon(sign));
}

const preview = (file) =>
  file.type.startsWith("image/")
    ? element("img", { src: URL.createObjectURL(file), alt: "" })
    : icon("file");

function dropTarget(offer) {
  const sign = byId("drop");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) sign.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    sign.hidden = true;
    offer(event.dataTransfer.files);
  });
}
