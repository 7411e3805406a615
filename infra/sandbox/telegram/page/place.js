/** Current place on this page: `#person`, `#person/group` or `#person/group/topic`. */
export function readAddress(hash) {
  const [person, chat = person, thread = null] = hash
    .slice(1)
    .split("/")
    .filter(Boolean)
    .map(Number);
  return { person, chat, thread };
}

export const addressOf = (person, chat, thread) =>
  [person, chat === person ? null : chat, thread].filter(Boolean).join("/");

/** Return a message's topic; other messages of a forum belong to its general topic. */
export const isIn = (message, thread) =>
  (message.is_topic_message ? message.message_thread_id : null) === (thread ?? null);
