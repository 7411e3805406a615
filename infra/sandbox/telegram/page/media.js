import { bubbleSize, isVisual, kindOf } from "./contents.js";
import { element, icon } from "./dom.js";
import { duration, size } from "./formats.js";
import { fileAddress } from "./server.js";
import { word } from "./words.js";

const WIDEST = 430;
const TALLEST = 460;
const NARROWEST = 230;

// Number of tiles in each row, by the size of the album.
const ROWS = {
  2: [2],
  3: [1, 2],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [2, 2, 3, 3],
};

/** The media of a bubble, and its preferred width in pixels. */
export function media(messages, actions) {
  if (messages.every(isVisual))
    return messages.length > 1 ? grid(messages, actions) : single(messages[0], actions);
  const nodes = messages.map((message) => RENDERERS[kindOf(message)]?.(message)).filter(Boolean);
  return { nodes };
}

function single(message, actions) {
  const file = message.animation ?? message.video ?? bubbleSize(message.photo);
  const scale = Math.min(WIDEST / file.width, TALLEST / file.height, 1);
  const node =
    kindOf(message) === "photo"
      ? picture(message, () => actions.view([message], 0))
      : clip(message);
  node.style.aspectRatio = `${file.width} / ${file.height}`;
  return { nodes: [node], width: Math.max(NARROWEST, Math.round(file.width * scale)) };
}

function grid(messages, actions) {
  const tiles = messages.map((message, index) =>
    tile(message, () => actions.view(messages, index)),
  );
  const spans = (ROWS[messages.length] ?? []).flatMap((count) => Array(count).fill(6 / count));
  tiles.forEach((node, index) => {
    node.style.gridColumn = `span ${spans[index] ?? 2}`;
    node.style.aspectRatio = spans[index] === 6 ? "16 / 10" : "1";
  });
  return { nodes: [element("div", { class: "album" }, tiles)], width: WIDEST };
}

const tile = (message, open) =>
  kindOf(message) === "photo" ? picture(message, open) : clipTile(message, open);

function picture(message, open) {
  const { file_id: id, width, height } = bubbleSize(message.photo);
  const image = element("img", {
    src: fileAddress(id),
    alt: message.caption ?? word("photo"),
    width,
    height,
    decoding: "async",
  });
  return covered(
    message,
    element(
      "button",
      { type: "button", class: "picture", "aria-label": word("openPhoto"), onclick: open },
      image,
    ),
  );
}

function clipTile(message, open) {
  const file = message.video ?? message.animation;
  const poster =
    file.thumbnail &&
    element("img", { src: fileAddress(file.thumbnail.file_id), alt: word("video") });
  const sign = element("span", { class: "play" }, icon("play"));
  const length = element("span", { class: "length" }, duration(file.duration));
  return covered(
    message,
    element(
      "button",
      { type: "button", class: "picture", "aria-label": word("openVideo"), onclick: open },
      poster,
      sign,
      length,
    ),
  );
}

// The first click on a spoiler reveals it, the second opens it.
function covered(message, node) {
  if (!message.has_media_spoiler) return node;
  node.classList.add("covered");
  const uncover = (event) => {
    event.stopImmediatePropagation();
    node.classList.remove("covered");
  };
  node.addEventListener("click", uncover, { capture: true, once: true });
  return node;
}

export function clip(message) {
  const looping = "animation" in message;
  const file = message.animation ?? message.video;
  if (looping && file.mime_type === "image/gif")
    return element("img", {
      class: "clip",
      src: fileAddress(file.file_id),
      alt: word("animation"),
    });
  const poster = file.thumbnail && fileAddress(file.thumbnail.file_id);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const node = element("video", {
    class: "clip",
    src: fileAddress(file.file_id),
    poster,
    preload: "metadata",
    playsinline: true,
    controls: !looping || still,
    loop: looping,
    autoplay: looping && !still,
    "aria-label": word(kindOf(message)),
  });
  node.muted = looping;
  return node;
}

const player = (message) =>
  element("audio", {
    src: fileAddress((message.voice ?? message.audio).file_id),
    controls: true,
    preload: "metadata",
    "aria-label": word(kindOf(message)),
  });

/** A voice message has only its player, an audio file also its title. */
function sound(message) {
  const { title, performer, file_name: name } = message.audio ?? {};
  const called = [performer, title].filter(Boolean).join(" — ") || name;
  const sign = called ? element("p", { class: "sound-title" }, called) : null;
  return element("div", { class: "sound" }, sign, player(message));
}

// The browser's own controls do not fit into a circle: a press plays and stops it.
function note(message) {
  const { file_id: id, length, thumbnail } = message.video_note;
  const film = element("video", {
    src: fileAddress(id),
    poster: thumbnail && fileAddress(thumbnail.file_id),
    width: length,
    height: length,
    preload: "metadata",
    playsinline: true,
  });
  const play = () => (film.paused ? film.play() : film.pause());
  const look = { type: "button", class: "note", "aria-label": word("video_note") };
  const shown = element("span", { class: "length" }, duration(message.video_note.duration));
  return element("button", { ...look, onclick: play }, film, shown);
}

function documentCard(message) {
  const {
    file_id: id,
    file_name: name = word("document"),
    file_size: bytes,
    thumbnail,
  } = message.document;
  const sign = thumbnail
    ? element("img", { src: fileAddress(thumbnail.file_id), alt: "" })
    : icon("file");
  return element(
    "a",
    {
      class: "file",
      href: fileAddress(id),
      download: name,
      "aria-label": word("download", { name }),
    },
    element("span", { class: "file-sign" }, sign),
    element("span", { class: "file-name" }, name),
    element("span", { class: "file-size" }, bytes === undefined ? "" : size(bytes)),
  );
}

function place(message) {
  const { latitude, longitude } = message.location;
  return element("p", { class: "place" }, `📍 ${latitude.toFixed(5)}, ${longitude.toFixed(5)}`);
}

const RENDERERS = {
  photo: (message) => picture(message),
  video: clip,
  animation: clip,
  document: documentCard,
  audio: sound,
  voice: sound,
  video_note: note,
  location: place,
  sticker: (message) => element("p", { class: "sticker" }, message.sticker.emoji ?? "🖼"),
  unsupported: () => element("p", { class: "unsupported" }, word("unsupported")),
};
