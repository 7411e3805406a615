import { element } from "./dom.js";
import { word } from "./words.js";

const SAFE_PROTOCOLS = ["http:", "https:", "mailto:", "tel:", "tg:"];
const BLOCKS = ["pre", "blockquote", "expandable_blockquote"];

/**
 * A message's text with its entities as nodes. Offsets count UTF-16 units, as strings do here.
 * https://core.telegram.org/bots/api#messageentity
 */
export function richText(text, entities = [], actions = {}) {
  const ordered = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
  return nested(text, ordered, 0, text.length, actions);
}

function nested(text, entities, start, end, actions) {
  const nodes = [];
  let position = start;
  for (let index = 0; index < entities.length;) {
    const entity = entities[index];
    const stop = Math.min(entity.offset + entity.length, end);
    const next = entities.findIndex((other, place) => place > index && other.offset >= stop);
    const inner = entities.slice(index + 1, next < 0 ? undefined : next);
    if (entity.offset > position) nodes.push(text.slice(position, entity.offset));
    nodes.push(
      rendered(
        entity,
        nested(text, inner, entity.offset, stop, actions),
        text.slice(entity.offset, stop),
        actions,
      ),
    );
    position = BLOCKS.includes(entity.type) && text[stop] === "\n" ? stop + 1 : stop;
    index = next < 0 ? entities.length : next;
  }
  if (position < end) nodes.push(text.slice(position, end));
  return nodes;
}

function rendered(entity, children, text, actions) {
  const render = RENDERERS[entity.type] ?? (() => element("span", {}, children));
  return render(children, text, entity, actions);
}

const tag = (name) => (children) => element(name, {}, children);
const marked = (children) => element("span", { class: "tag" }, children);

const RENDERERS = {
  bold: tag("strong"),
  italic: tag("em"),
  underline: tag("u"),
  strikethrough: tag("s"),
  hashtag: marked,
  cashtag: marked,
  mention: marked,
  text_mention: marked,
  url: (children, text) => link(/^[a-z]+:/i.test(text) ? text : `https://${text}`, children),
  text_link: (children, _, entity) => link(entity.url, children),
  email: (children, text) => link(`mailto:${text}`, children),
  phone_number: (children, text) => link(`tel:${text.replace(/[^+\d]/g, "")}`, children),
  bot_command: (children, text, _, { send }) =>
    element("button", { type: "button", class: "command", onclick: () => send(text) }, children),
  code: (children, text, _, { copy }) =>
    element(
      "code",
      {
        tabindex: 0,
        role: "button",
        title: word("copy"),
        onclick: () => copy(text),
        onkeydown: onEnter(() => copy(text)),
      },
      children,
    ),
  pre: (children, _, entity) =>
    element("pre", { "data-language": entity.language }, element("code", {}, children)),
  blockquote: tag("blockquote"),
  expandable_blockquote: expandable,
  spoiler,
};

const onEnter = (act) => (event) => {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    act();
  }
};

function link(address, children) {
  const url = URL.parse(address);
  if (!url || !SAFE_PROTOCOLS.includes(url.protocol)) return element("span", {}, children);
  return element(
    "a",
    { href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href },
    children,
  );
}

function spoiler(children) {
  const hidden = element(
    "span",
    { class: "spoiler", tabindex: 0, role: "button", "aria-label": word("spoiler") },
    children,
  );
  const show = () => {
    hidden.classList.add("shown");
    for (const name of ["tabindex", "role", "aria-label"]) hidden.removeAttribute(name);
  };
  hidden.addEventListener("click", show);
  hidden.addEventListener("keydown", onEnter(show));
  return hidden;
}

function expandable(children) {
  const quote = element(
    "blockquote",
    { class: "expandable" },
    element("div", { class: "quoted" }, children),
  );
  const toggle = element("button", {
    type: "button",
    class: "expand",
    "aria-label": word("quote"),
    "aria-expanded": "false",
  });
  toggle.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  });
  quote.append(toggle);
  return quote;
}
