import { reactionOf, viewerId } from "./contents.js";
import { element } from "./dom.js";
import { word } from "./words.js";

/** Reactions that an app offers first; Telegram has about seventy. */
const OFFERED = ["👍", "❤", "🔥", "👏", "😁", "😢"];

/** Reactions of a message with their numbers; pressing one sets or removes the own one. */
export function reactions(messages, actions) {
  const message = messages.find((each) => each.reactions) ?? messages[0];
  return (message.reactions ?? []).map(({ emoji, users }) =>
    element(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(users.includes(viewerId())),
        "aria-label": word("reaction", { emoji, count: users.length }),
        onclick: () => toggle(message, emoji, actions),
      },
      element("span", {}, emoji),
      users.length > 1 ? String(users.length) : null,
    ),
  );
}

/** The row of offered reactions in a message's menu. */
export const offeredReactions = (message, actions, close) =>
  element(
    "div",
    { class: "offered-reactions" },
    OFFERED.map((emoji) =>
      element(
        "button",
        {
          type: "button",
          "aria-pressed": String(reactionOf(message) === emoji),
          "aria-label": word("react", { emoji }),
          onclick: () => {
            close();
            toggle(message, emoji, actions);
          },
        },
        emoji,
      ),
    ),
  );

const toggle = (message, emoji, { react }) =>
  react(message, reactionOf(message) === emoji ? "" : emoji);
