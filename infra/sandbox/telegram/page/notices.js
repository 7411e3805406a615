import { byId, element } from "./dom.js";
import { word } from "./words.js";

const SHOWN = 4000;

/** A short message that disappears by itself. */
export function toast(text) {
  const node = element("p", { class: "toast" }, text);
  const stack = byId("toasts");
  stack.append(node);
  // Showing it again puts it above a dialog that opened meanwhile.
  stack.hidePopover();
  stack.showPopover();
  setTimeout(() => node.remove(), SHOWN);
}

/** A message that the user has to confirm. */
export function alert(text) {
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}

/** Run an action that may fail, and show the reason; return whether it succeeded. */
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
