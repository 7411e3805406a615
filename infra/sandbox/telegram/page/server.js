export const fileAddress = (fileId) => `/files/${encodeURIComponent(fileId)}`;
export const eventsAddress = (person) => `/people/${person}/events`;

/** A refusal in the server's own words; without any when it did not answer at all. */
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

export const people = () => call("GET", "/people");
export const createPerson = (person) => call("POST", "/people", person);
export const bot = (person) => call("GET", `/bot?person=${person}`);
export const messages = (person) => call("GET", `/people/${person}/messages`);
export const keyboard = (person) => call("GET", `/people/${person}/keyboard`);
export const say = (person, message) => call("POST", `/people/${person}/messages`, message);
export const upload = (person, form) => call("POST", `/people/${person}/messages`, form);
export const edit = (person, id, text) => call("PUT", `/people/${person}/messages/${id}`, { text });
export const press = (person, id, data) =>
  call("POST", `/people/${person}/callbacks`, { message_id: id, data });
export const block = (person) => call("POST", `/people/${person}/block`);
export const unblock = (person) => call("POST", `/people/${person}/unblock`);
