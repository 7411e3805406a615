import { word } from "./words.js";

const KINDS = [
  ...["photo", "video", "animation", "voice", "video_note", "audio"],
  ...["sticker", "location", "document"],
];
/** Blocks of a rich message have their own renderers. */
const RICH = "rich_message";
const VISUAL = ["photo", "video", "animation"];
const SERVICE = [
  "new_chat_members",
  "group_chat_created",
  "forum_topic_created",
  "forum_topic_closed",
  "forum_topic_reopened",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
];

let viewer = null;

/** Treat this user's messages as own from now on. */
export const viewAs = (user) => (viewer = user);

/** Kind of a message, by its field of the Bot API's Message. */
export const kindOf = (message) =>
  "text" in message
    ? "text"
    : ([...KINDS, RICH, ...SERVICE].find((kind) => kind in message) ?? "unsupported");

export const viewerId = () => viewer;
/** The user's own reaction on a message. */
export const reactionOf = ({ reactions = [] }) =>
  reactions.find(({ users }) => users.includes(viewer))?.emoji;
export const isVisual = (message) => VISUAL.includes(kindOf(message));
export const isOwn = (message) => message.from?.id === viewer;
/** In a private chat the bot's messages can be deleted too. */
export const isDeletable = (message) => isOwn(message) || message.chat.type === "private";
export const isService = (message) => SERVICE.includes(kindOf(message));
export const authorOf = (message) => (isOwn(message) ? word("you") : message.from.first_name);
export const textOf = (message) => message.text ?? message.caption ?? "";
export const entitiesOf = (message) => message.entities ?? message.caption_entities ?? [];

/** A message in one line, for quotes and the chat list. */
export function summary(message) {
  const kind = kindOf(message);
  const text = textOf(message).replace(/\s+/g, " ");
  if (kind === "text") return text;
  if (isService(message)) return serviceText(message);
  const name = word(kind, { emoji: message.sticker?.emoji ?? "" });
  return text ? `${name}. ${text}` : name;
}

/** A group's service message as one sentence. */
export function serviceText(message) {
  return word(kindOf(message), {
    name: message.from.first_name,
    guests: (message.new_chat_members ?? []).map((user) => user.first_name).join(", "),
    topic: message.forum_topic_created?.name,
  });
}

/** The message replied to; in a topic other messages reply to its first message. */
export function answered({ reply_to_message: message }) {
  return message && !("forum_topic_created" in message) ? message : undefined;
}

/** The file id of an image that can be painted over. */
export function pictureOf(message) {
  const { photo, document: file } = message;
  if (photo) return photo.at(-1).file_id;
  return /^image\/(jpeg|png|webp)$/.test(file?.mime_type) ? file.file_id : undefined;
}

/** The smallest size of a photo that is sharp in a bubble. */
export const bubbleSize = (photo) =>
  photo.find((size) => Math.max(size.width, size.height) >= 700) ?? photo.at(-1);

/** Album key; other messages are single. */
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
