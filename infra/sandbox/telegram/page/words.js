import * as en from "./words_en.js";
import * as ru from "./words_ru.js";

let current = ru;

/** What the page speaks to somebody of this language: Russian, or English to all others. */
export const spoken = (code) => ((code ?? "ru").startsWith("ru") ? "ru" : "en");

/** The page speaks as the person does whom one acts for. */
export function useLanguage(code) {
  current = spoken(code) === "ru" ? ru : en;
  document.documentElement.lang = locale();
  label(document);
}

export const locale = () => current.locale;

/** A label in the current language; `{name}` in it takes the value of that name. */
export function word(key, values = {}) {
  return current.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Writes the labels that the HTML names with `data-word`, `data-label` and `data-placeholder`. */
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
