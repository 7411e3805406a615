import { element } from "./dom.js";

const HUES = 6;

/** The fixed colour of a user. */
export const hue = ({ id }) => `hue-${Math.abs(id) % HUES}`;

/** An avatar with the first letter of a name or a title; the bot has an image. */
export const avatar = (one) =>
  element(
    "span",
    { class: `avatar ${hue(one)} ${one.title ? "group" : ""}`, "aria-hidden": "true" },
    one.is_bot
      ? element("img", { src: "/page/mark.svg", alt: "" })
      : ([...(one.title ?? one.first_name)][0] ?? "?"),
  );
