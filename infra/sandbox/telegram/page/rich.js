import { element } from "./dom.js";
import { inlineButton } from "./inline_keyboard.js";
import { media } from "./media.js";

/** The blocks of a rich message; each photo or video is shown like a message of its own. */
export const richBlocks = (message, actions) =>
  (message.rich_message?.blocks ?? []).map((block) =>
    element("div", { class: `rich-${block.type}` }, render(block, message, actions)),
  );

function render(block, message, actions) {
  const shown = RENDERERS[block.type]?.(block, message, actions) ?? [];
  const caption = block.caption
    ? [element("p", { class: "rich-caption" }, text(block.caption.text))]
    : [];
  return [...shown, ...caption];
}

const one = (block, message, actions) => media([asMessage(block, message)], actions).nodes;

const asMessage = ({ photo, video, has_spoiler: covered }, message) => ({
  message_id: message.message_id,
  ...(photo ? { photo } : { video }),
  has_media_spoiler: covered,
});

const set = ({ blocks }, message, actions) =>
  media(
    blocks.map((block) => asMessage(block, message)),
    actions,
  ).nodes;

const RENDERERS = {
  paragraph: (block) => [element("p", {}, text(block.text))],
  footer: (block) => [element("p", {}, text(block.text))],
  divider: () => [element("hr", {})],
  photo: one,
  video: one,
  collage: set,
  slideshow: ({ blocks }, message, actions) => blocks.flatMap((block) => one(block, message, actions)),
  buttons: ({ buttons }, message, actions) => [
    element(
      "div",
      { class: "button-row" },
      buttons.map((button) => inlineButton(message, button, actions)),
    ),
  ],
};

const TAGS = { bold: "strong", italic: "em", code: "code", underline: "u", strikethrough: "s" };

/** A RichText: a string, a list, or an object with a type and a text. */
function text(rich) {
  if (typeof rich === "string") return [rich];
  if (Array.isArray(rich)) return rich.flatMap(text);
  return [element(TAGS[rich.type] ?? "span", {}, text(rich.text))];
}
