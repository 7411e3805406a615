import { byId, element } from "./dom.js";
import { word } from "./words.js";

const SHOWN = 4000;

/** Something short that goes away by itself. */
export function toast(text) {
  const node = element("p", { class: "toast" }, text);
  const stack = byId("toasts");
  stack.append(node);
  // Shown anew, it stands above a dialog that opened meanwhile.
  stack.hidePopover();
  stack.showPopover();
  setTimeout(() => node.remove(), SHOWN);
}

/** Something a person has to confirm having read. */
export function alert(text) {
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}

/** Runs what may be refused, and says so in words; tells whether it went well. */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    toast(word("failed", { reason: error.message || word("unreachable") }));
    return false;
  }
}

export async function copy(text) {
  if (await attempt(() => navigator.clipboard.writeText(text))) toast(word("copied"));
}

export function connection(lost) {
  const node = byId("connection");
  node.hidden = !lost;
  node.textContent = lost ? word("offline") : "";
}
