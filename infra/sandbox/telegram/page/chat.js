import { Attachments } from "./attachments.js";
import { avatar } from "./avatar.js";
import { Blocking } from "./blocking.js";
import { Callbacks } from "./callbacks.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { isOwn, kindOf, pictureOf, viewAs } from "./contents.js";
import { Conversation } from "./conversation.js";
import { ChatDialog } from "./chat_dialog.js";
import { byId, closable, element } from "./dom.js";
import { Draft } from "./draft.js";
import { Elsewhere } from "./elsewhere.js";
import { GroupMenu } from "./group_menu.js";
import { Groups } from "./groups.js";
import { Header } from "./header.js";
import { InlineResults } from "./inline_results.js";
import { ReplyKeyboard } from "./keyboard.js";
import { MessageMenu } from "./message_menu.js";
import { Messages } from "./messages.js";
import { attempt, connection, copy } from "./notices.js";
import { Painter } from "./painter.js";
import { Users } from "./users.js";
import { UserDialog } from "./user_dialog.js";
import { addressOf, readAddress } from "./place.js";
import { Scroll } from "./scroll.js";
import * as server from "./server.js";
import { restoreTheme, switchTheme } from "./theme.js";
import { VoiceRecorder } from "./voice_recorder.js";
import { Viewer } from "./viewer.js";
import { useLanguage, word } from "./words.js";

const RETRY = 2000;

let botName = "";

const painter = new Painter();
const viewer = new Viewer(byId("viewer"), paint);
const send = (text, reply) => conversation.send(text, reply);
const actions = {
  send,
  copy,
  paint,
  reply: (message) => composer.replyTo(message),
  edit: (message) => composer.startEdit(message),
  remove: (message) => conversation.delete(message),
  react: (message, emoji) => conversation.react(message, emoji),
  press: (message, data) => conversation.press(message, data),
  view: (group, index) => viewer.open(group, index),
  menu: (event, message) => messageMenu.open(event, message),
  jump: (id) => messages.jump(id),
  share,
  search: (query) => ask(conversation.place, query),
};
const botSign = (photo) => element("img", { src: photo, alt: "" });
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
const inline = new InlineResults({
  place: () => conversation.place,
  sent: () => composer.clear(),
  start: (parameter) => {
    const { user } = conversation.place;
    go(user);
    attempt(() => server.say({ user, chat: user }, { text: `/start ${parameter}` }));
  },
});
const chatDialog = new ChatDialog();
const keyboard = new ReplyKeyboard(send);
const header = new Header();
const conversation = new Conversation({
  messages,
  scroll,
  composer,
  keyboard,
  header,
  inline,
  callbacks: new Callbacks(),
  draft: new Draft((id) => conversation.stopDraft(id)),
  met,
  changed,
  grouped: () => attempt(showGroups),
  moved: (chat) => go(conversation.place.user, chat),
});
const blocking = new Blocking();
const go = (...place) => (location.hash = addressOf(...place));
const users = new Users((id) => go(id));
const groupMenu = new GroupMenu({
  place: () => conversation.place,
  users: () => users.all,
  go,
});
const groups = new Groups({
  choose: (chat, thread) => go(conversation.place.user, chat, thread),
  addTopic: () => groupMenu.addTopic(),
});
const elsewhere = new Elsewhere({ users, groups, here: () => conversation.place });
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
new VoiceRecorder((file) => {
  const form = new FormData();
  form.set("as", "voice");
  form.append("file", file);
  return attachments.send(form);
});
new UserDialog((user) =>
  attempt(async () => {
    const created = await server.createUser(user);
    users.show([created]);
    go(created.id);
  }),
);

/** Send a received image, painted over, as a reply to it. */
async function paint(message) {
  const address = server.fileAddress(pictureOf(message));
  await attempt(async () => {
    const painted = await painter.paint(await (await fetch(address)).blob());
    if (!painted) return;
    composer.replyTo(message);
    attachments.offer([painted]);
  });
}

/** Let the user choose a chat for an inline query; the fake has groups besides the bot. */
function share({ query, allow_group_chats: allowed }) {
  const { user } = conversation.place;
  chatDialog.open(allowed ? groups.all : [], (chat) => {
    ask({ user, chat: chat.id }, query);
    go(user, chat.id);
  });
}

/** Put an inline query into the field of a chat. */
function ask({ user, chat, thread }, query) {
  composer.prepare(addressOf(user, chat, thread), `@${botName} ${query}`);
}

function lastOwn() {
  return messages.all.filter((message) => isOwn(message) && kindOf(message) === "text").at(-1);
}

/** Bot details from the server, as this user sees them in this chat. */
function met(bot) {
  botName = bot.username;
  inline.update(bot);
  const { user, chat } = conversation.place;
  commands.update(bot.commands, chat === user ? "" : bot.username);
  groupMenu.privacy = bot.privacy;
  const photo = bot.photo ? server.fileAddress(bot.photo) : "/page/mark.svg";
  for (const image of document.querySelectorAll(".bot-photo")) image.src = photo;
  byId("about-bot").textContent = bot.description || word("emptyChat");
  if (chat === user) header.show(bot.first_name, word("bot"), botSign(photo));
  else keyboard.hint = bot.privacy ? word("messageToBot", { name: bot.username }) : undefined;
}

function changed() {
  const { user, chat, thread } = conversation.place;
  if (chat === user) users.news(user, messages.all);
  else if (!thread) groups.news(chat, messages.all);
  markSeen();
  byId("empty").hidden = chat !== user || messages.all.length > 0;
}

function markSeen() {
  const last = messages.all.at(-1);
  if (!last || !scroll.atEnd || document.visibilityState !== "visible") return;
  const { user, chat } = conversation.place;
  if (chat === user) users.seen(user, last.message_id);
  else groups.seen(chat, last.message_id);
  elsewhere.count();
}

function open({ user: id, chat, thread }) {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  const user = users.find(id) ?? users.speaker(navigator.language);
  const place =
    user.id === id ? { user: id, chat, thread } : { user: user.id, chat: user.id };
  viewAs(user.id);
  useLanguage(user.language_code);
  inline.close();
  composer.switchTo(addressOf(place.user, place.chat, place.thread));
  users.select(user, place.chat);
  conversation.open(place);
  attempt(showGroups);
  blocking.show(user.id, place.chat);
  localStorage.setItem("user", user.id);
  composer.focus();
}

async function showGroups() {
  const { place } = conversation;
  const found = await server.groups(place.user);
  if (conversation.place !== place) return;
  groups.show(place, found);
  const group = groups.find(place.chat);
  if (!group && place.chat !== place.user) go(place.user);
  groupMenu.show(group);
  if (group) showHead(group, place.thread);
  await elsewhere.lookAtGroups();
}

function showHead(group, thread) {
  const topic = group.topics.find((one) => one.message_thread_id === thread);
  const members = word("members", { count: group.members.length });
  header.show(topic?.name ?? group.title, topic ? group.title : members, avatar(group));
}

const addressed = () =>
  readAddress(location.hash || `#${localStorage.getItem("user") ?? ""}`);

// A user may have been created elsewhere, for example by a test; during the request
// the address may have changed again.
async function openAddressed() {
  const { hash } = location;
  if (!users.find(addressed().user)) users.show(await server.users());
  if (location.hash === hash) open(addressed());
}

async function start() {
  try {
    await openAddressed();
  } catch {
    connection(true);
    setTimeout(start, RETRY);
    return;
  }
  elsewhere.watch();
}

restoreTheme();
useLanguage(navigator.language);
closable(byId("alert"));
for (const id of ["theme", "switch-theme"]) byId(id).addEventListener("click", switchTheme);
byId("start").addEventListener("click", () => send("/start"));
document.addEventListener("visibilitychange", markSeen);
addEventListener("hashchange", () => attempt(openAddressed));
start();
