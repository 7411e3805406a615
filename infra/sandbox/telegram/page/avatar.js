import { element } from "./dom.js";

const HUES = 6;

/** The colour that stays somebody's. */
export const hue = ({ id }) => `hue-${Math.abs(id) % HUES}`;

/** A sign with the first letter of somebody's name, or of a group's title; the bot has a picture. */
export const avatar = (one) =>
  element(
    "span",
    { class: `avatar ${hue(one)} ${one.title ? "group" : ""}`, "aria-hidden": "true" },
    one.is_bot
      ? element("img", { src: "/page/mark.svg", alt: "" })
      : ([...(one.title ?? one.first_name)][0] ?? "?"),
  );
