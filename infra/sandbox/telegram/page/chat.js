import { Attachments } from "./attachments.js";
import { Blocking } from "./blocking.js";
import { Callbacks } from "./callbacks.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { isOwn, kindOf } from "./contents.js";
import { Conversation } from "./conversation.js";
import { byId, closable } from "./dom.js";
import { Header } from "./header.js";
import { ReplyKeyboard } from "./keyboard.js";
import { Messages } from "./messages.js";
import { attempt, connection, copy } from "./notices.js";
import { People } from "./people.js";
import { PersonDialog } from "./person_dialog.js";
import { Scroll } from "./scroll.js";
import * as server from "./server.js";
import { restoreTheme, switchTheme } from "./theme.js";
import { Viewer } from "./viewer.js";
import { useLanguage } from "./words.js";

const ELSEWHERE = 3000;
const RETRY = 2000;

const viewer = new Viewer(byId("viewer"));
const send = (text, reply) => conversation.send(text, reply);

const messages = new Messages(byId("log"), {
  send,
  copy,
  reply: (message) => composer.replyTo(message),
  edit: (message) => composer.startEdit(message),
  press: (message, data) => conversation.press(message, data),
  view: (group, index) => viewer.open(group, index),
  jump: (id) => messages.jump(id),
});
const scroll = new Scroll(byId("scroller"), byId("log"), byId("newest"), markSeen);
const commands = new CommandMenu(send);
const composer = new Composer({
  send,
  edit: (message, text) => conversation.edit(message, text),
  lastOwn,
});
const keyboard = new ReplyKeyboard(send);
const conversation = new Conversation({
  messages,
  scroll,
  commands,
  composer,
  keyboard,
  header: new Header(),
  callbacks: new Callbacks(),
  changed,
});
const blocking = new Blocking();
const people = new People((id) => (location.hash = id));

new Attachments(composer, async (form) => {
  if (composer.reply) form.set("reply_to_message_id", composer.reply);
  const sent = await conversation.upload(form);
  if (sent) composer.clear();
  return sent;
});
new PersonDialog((person) =>
  attempt(async () => {
    const created = await server.createPerson(person);
    people.show([created]);
    location.hash = created.id;
  }),
);

function lastOwn() {
  return messages.all.filter((message) => isOwn(message) && kindOf(message) === "text").at(-1);
}

function changed() {
  people.news(conversation.person.id, messages.all);
  markSeen();
  byId("empty").hidden = messages.all.length > 0;
}

function markSeen() {
  const last = messages.all.at(-1);
  if (last && scroll.atEnd && document.visibilityState === "visible")
    people.seen(conversation.person.id, last.message_id);
}

function open(id) {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  const person = people.all.find((one) => one.id === id) ?? people.all[0];
  useLanguage(person.language_code);
  composer.switchTo(person.id);
  people.select(person.id);
  conversation.open(person);
  blocking.show(person.id);
  localStorage.setItem("person", person.id);
  composer.focus();
}

const addressed = () => Number(location.hash.slice(1) || localStorage.getItem("person"));

// Somebody may have been created elsewhere, in a test for example.
async function openAddressed() {
  if (!people.all.some((person) => person.id === addressed())) people.show(await server.people());
  open(addressed());
}

// Events come for one person at a time, and a browser opens few connections to a server: the
// chats of the others are looked at now and then.
async function lookElsewhere() {
  if (document.visibilityState !== "visible") return;
  people.show(await server.people());
  for (const { id } of people.all) {
    if (id !== conversation.person.id) people.news(id, await server.messages(id));
  }
}

const repeat = (work, pause) =>
  work()
    .catch(() => undefined)
    .finally(() => setTimeout(() => repeat(work, pause), pause));

async function start() {
  try {
    await openAddressed();
  } catch {
    connection(true);
    setTimeout(start, RETRY);
    return;
  }
  repeat(lookElsewhere, ELSEWHERE);
}

restoreTheme();
useLanguage(navigator.language);
closable(byId("alert"));
for (const id of ["theme", "switch-theme"]) byId(id).addEventListener("click", switchTheme);
byId("start").addEventListener("click", () => send("/start"));
document.addEventListener("visibilitychange", markSeen);
addEventListener("hashchange", () => attempt(openAddressed));
start();
