export const fileAddress = (fileId) => `/files/${encodeURIComponent(fileId)}`;
export const eventsAddress = ({ user, chat }) => `/users/${user}/events?chat=${chat}`;

/** An error with the server's text; without text when the server did not answer. */
export class Refusal extends Error {}

async function call(method, path, body) {
  const answer = await fetch(path, { method, ...encoded(body) }).catch(() => {
    throw new Refusal("");
  });
  if (!answer.ok) throw new Refusal(await reason(answer));
  return answer.status === 204 ? null : answer.json();
}

function encoded(body) {
  if (body === undefined || body instanceof FormData) return { body };
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

async function reason(answer) {
  const text = await answer.text();
  try {
    const problem = JSON.parse(text);
    return problem.description ?? problem.detail ?? text;
  } catch {
    return text || `HTTP ${answer.status}`;
  }
}

// A place is a user in a chat, optionally in one of its topics.
const at = (place, what) => `/users/${place.user}/${what}?chat=${place.chat}`;

export const users = () => call("GET", "/users");
export const createUser = (user) => call("POST", "/users", user);
export const groups = (user) => call("GET", `/users/${user}/groups`);
export const createGroup = (user, group) => call("POST", `/users/${user}/groups`, group);
export const invite = (place, guest) => call("POST", at(place, "members"), { user_id: guest });
export const createTopic = (place, name) => call("POST", at(place, "topics"), { name });
export const upgrade = (place) => call("POST", at(place, "upgrade"));
export const bot = ({ user, chat }) => call("GET", `/bot?user=${user}&chat=${chat}`);
export const setPrivacy = (on) => call("PUT", "/bot/privacy", { on });
export const messages = (place) => call("GET", at(place, "messages"));
export const keyboard = (place) => call("GET", at(place, "keyboard"));
export const say = (place, message) =>
  call("POST", at(place, "messages"), { ...message, message_thread_id: place.thread });
export function upload(place, form) {
  if (place.thread) form.set("message_thread_id", place.thread);
  return call("POST", at(place, "messages"), form);
}
export const edit = (place, id, text) => call("PUT", at(place, `messages/${id}`), { text });
export const remove = (place, id) => call("DELETE", at(place, `messages/${id}`));
export const react = (place, id, emoji) =>
  call("PUT", at(place, `messages/${id}/reaction`), { emoji });
export const press = (place, id, data) =>
  call("POST", at(place, "callbacks"), { message_id: id, data });
export const askInline = (place, query, offset) =>
  call("POST", at(place, "inline"), { query, offset });
export const chooseInline = (place, queryId, result) =>
  call("POST", at(place, `inline/${queryId}`), {
    result_id: result,
    message_thread_id: place.thread,
  });
export const stopDraft = ({ user }, id) =>
  call("POST", `/users/${user}/drafts/stop`, { draft_id: id });
export const block = (user) => call("POST", `/users/${user}/block`);
export const unblock = (user) => call("POST", `/users/${user}/unblock`);
