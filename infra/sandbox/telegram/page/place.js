/** Current place on this page: `#user`, `#user/group` or `#user/group/topic`. */
export function readAddress(hash) {
  const [user, chat = user, thread = null] = hash
    .slice(1)
    .split("/")
    .filter(Boolean)
    .map(Number);
  return { user, chat, thread };
}

export const addressOf = (user, chat, thread) =>
  [user, chat === user ? null : chat, thread].filter(Boolean).join("/");

/** Return a message's topic; other messages of a forum belong to its general topic. */
export const isIn = (message, thread) =>
  (message.is_topic_message ? message.message_thread_id : null) === (thread ?? null);
