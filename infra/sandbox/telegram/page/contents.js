import { word } from "./words.js";

const KINDS = ["photo", "video", "animation", "voice", "audio", "sticker", "location", "document"];
const VISUAL = ["photo", "video", "animation"];

/** What a message is, named by its field of the Bot API's Message. */
export const kindOf = (message) =>
  "text" in message ? "text" : (KINDS.find((kind) => kind in message) ?? "unsupported");

export const isVisual = (message) => VISUAL.includes(kindOf(message));
export const isOwn = (message) => !message.from?.is_bot;
export const textOf = (message) => message.text ?? message.caption ?? "";
export const entitiesOf = (message) => message.entities ?? message.caption_entities ?? [];

/** A message in one line: for quotes and for the list of people. */
export function summary(message) {
  const kind = kindOf(message);
  const text = textOf(message).replace(/\s+/g, " ");
  if (kind === "text") return text;
  const name = word(kind, { emoji: message.sticker?.emoji ?? "" });
  return text ? `${name}. ${text}` : name;
}

/** The smallest of a photo's sizes that is sharp in a bubble. */
export const bubbleSize = (photo) =>
  photo.find((size) => Math.max(size.width, size.height) >= 700) ?? photo.at(-1);

/** Files that came together; everything else stands alone. */
export function groupsOf(messages) {
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    const album = message.media_group_id;
    if (album && last?.[0].media_group_id === album) last.push(message);
    else groups.push([message]);
  }
  return groups;
}
