import * as en from "./words_en.js";
import * as ru from "./words_ru.js";

let current = ru;

/** The page's language for a user of this language: Russian, or English for all others. */
export const spoken = (code) => ((code ?? "ru").startsWith("ru") ? "ru" : "en");

/** Use the current user's language. */
export function useLanguage(code) {
  current = spoken(code) === "ru" ? ru : en;
  document.documentElement.lang = locale();
  label(document);
}

export const locale = () => current.locale;

/** A label in the current language, with `{name}` replaced by that value. */
export function word(key, values = {}) {
  return current.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Fill in the labels that the HTML names by `data-word`, `data-label` and `data-placeholder`. */
function label(root) {
  for (const node of root.querySelectorAll("[data-word]"))
    node.textContent = word(node.dataset.word);
  for (const node of root.querySelectorAll("[data-placeholder]"))
    node.placeholder = word(node.dataset.placeholder);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.ariaLabel = word(node.dataset.label);
    if (node.tagName === "BUTTON") node.title = node.ariaLabel;
  }
}
