import { Attachments } from "./attachments.js";
import { avatar } from "./avatar.js";
import { Blocking } from "./blocking.js";
import { Callbacks } from "./callbacks.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { isOwn, kindOf, pictureOf, viewAs } from "./contents.js";
import { Conversation } from "./conversation.js";
import { byId, closable } from "./dom.js";
import { Draft } from "./draft.js";
import { GroupMenu } from "./group_menu.js";
import { Groups } from "./groups.js";
import { Header } from "./header.js";
import { ReplyKeyboard } from "./keyboard.js";
import { MessageMenu } from "./message_menu.js";
import { Messages } from "./messages.js";
import { attempt, connection, copy } from "./notices.js";
import { Painter } from "./painter.js";
import { People } from "./people.js";
import { PersonDialog } from "./person_dialog.js";
import { addressOf, readAddress } from "./place.js";
import { Scroll } from "./scroll.js";
import * as server from "./server.js";
import { restoreTheme, switchTheme } from "./theme.js";
import { Viewer } from "./viewer.js";
import { useLanguage, word } from "./words.js";

const ELSEWHERE = 3000;
const RETRY = 2000;

const painter = new Painter();
const viewer = new Viewer(byId("viewer"), paint);
const send = (text, reply) => conversation.send(text, reply);
const actions = {
  send,
  copy,
  paint,
  reply: (message) => composer.replyTo(message),
  edit: (message) => composer.startEdit(message),
  press: (message, data) => conversation.press(message, data),
  view: (group, index) => viewer.open(group, index),
  menu: (event, message) => messageMenu.open(event, message),
  jump: (id) => messages.jump(id),
};
const messageMenu = new MessageMenu(actions);
const messages = new Messages(byId("log"), actions);
const scroll = new Scroll(
  byId("scroller"),
  [byId("log"), byId("draft")],
  byId("newest"),
  markSeen,
);
const commands = new CommandMenu(send);
const composer = new Composer({
  send,
  edit: (message, text) => conversation.edit(message, text),
  lastOwn,
});
const keyboard = new ReplyKeyboard(send);
const header = new Header();
const conversation = new Conversation({
  messages,
  scroll,
  composer,
  keyboard,
  header,
  callbacks: new Callbacks(),
  draft: new Draft((id) => conversation.stopDraft(id)),
  met,
  changed,
  grouped: () => attempt(showGroups),
});
const blocking = new Blocking();
const go = (...place) => (location.hash = addressOf(...place));
const people = new People((id) => go(id));
const groupMenu = new GroupMenu({
  place: () => conversation.place,
  people: () => people.all,
  go,
});
const groups = new Groups({
  choose: (chat, thread) => go(conversation.place.person, chat, thread),
  addTopic: () => groupMenu.addTopic(),
});
const attachments = new Attachments({
  composer,
  paint: (file) => painter.paint(file),
  send: async (form) => {
    if (composer.reply) form.set("reply_to_message_id", composer.reply);
    const sent = await conversation.upload(form);
    if (sent) composer.clear();
    return sent;
  },
});
new PersonDialog((person) =>
  attempt(async () => {
    const created = await server.createPerson(person);
    people.show([created]);
    go(created.id);
  }),
);

/** Painted over, a picture that was received goes back as an answer to it. */
async function paint(message) {
  const address = server.fileAddress(pictureOf(message));
  await attempt(async () => {
    const painted = await painter.paint(await (await fetch(address)).blob());
    if (!painted) return;
    composer.replyTo(message);
    attachments.offer([painted]);
  });
}

function lastOwn() {
  return messages.all.filter((message) => isOwn(message) && kindOf(message) === "text").at(-1);
}

/** What the server tells of the bot as this person sees it here. */
function met(bot) {
  const { person, chat } = conversation.place;
  commands.update(bot.commands, chat === person ? "" : bot.username);
  groupMenu.privacy = bot.privacy;
  if (chat === person) header.show(bot.first_name, word("bot"));
}

function changed() {
  const { person, chat, thread } = conversation.place;
  if (chat === person) people.news(person, messages.all);
  else if (!thread) groups.news(chat, messages.all);
  markSeen();
  byId("empty").hidden = chat !== person || messages.all.length > 0;
}

function markSeen() {
  const last = messages.all.at(-1);
  if (!last || !scroll.atEnd || document.visibilityState !== "visible") return;
  const { person, chat } = conversation.place;
  if (chat === person) people.seen(person, last.message_id);
  else groups.seen(chat, last.message_id);
  countElsewhere();
}

function countElsewhere() {
  const unread = people.unread + groups.unread;
  document.title = unread ? `(${unread}) Darkroom` : "Darkroom";
  const badge = byId("elsewhere");
  badge.hidden = !unread;
  badge.textContent = unread;
}

async function open({ person: id, chat, thread }) {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  const person = people.find(id) ?? people.all[0];
  viewAs(person.id);
  useLanguage(person.language_code);
  groups.show(person.id, await server.groups(person.id));
  const group = groups.find(chat);
  const place = { person: person.id, chat: group?.id ?? person.id, thread: group ? thread : null };
  composer.switchTo(addressOf(place.person, place.chat, place.thread));
  people.select(person, place.chat);
  groups.select(place);
  conversation.open(place);
  lookAtGroups().catch(() => undefined); // another look is due anyway
  showGroup(group, thread);
  blocking.show(person.id, place.chat);
  localStorage.setItem("person", person.id);
  composer.focus();
}

function showGroup(group, thread) {
  groupMenu.show(group);
  if (!group) return;
  const topic = group.topics.find((one) => one.message_thread_id === thread);
  const members = word("members", { count: group.members.length });
  header.show(topic?.name ?? group.title, topic ? group.title : members, avatar(group));
}

async function showGroups() {
  const { person, chat, thread } = conversation.place;
  groups.show(person, await server.groups(person));
  showGroup(groups.find(chat), thread);
}

// Somebody may have been created elsewhere, in a test for example.
async function openAddressed() {
  const address = readAddress(location.hash || `#${localStorage.getItem("person") ?? ""}`);
  if (!people.find(address.person)) people.show(await server.people());
  await open(address);
}

// Events come for one chat at a time, and a browser opens few connections to a server: the
// others are looked at now and then.
async function lookElsewhere() {
  if (document.visibilityState !== "visible") return;
  people.show(await server.people());
  for (const { id } of people.all) {
    if (id !== conversation.place.chat)
      people.news(id, await server.messages({ person: id, chat: id }));
  }
  await lookAtGroups();
}

async function lookAtGroups() {
  const { person, chat, thread } = conversation.place;
  for (const { id } of groups.all) {
    if (id !== chat || thread) groups.news(id, await server.messages({ person, chat: id }));
  }
  countElsewhere();
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
