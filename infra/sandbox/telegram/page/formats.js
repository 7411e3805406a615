import { locale, word } from "./words.js";

const moment = (seconds) => new Date(seconds * 1000);
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const DAY = 86_400_000;

export const time = (seconds) =>
  moment(seconds).toLocaleTimeString(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });

export const fullTime = (seconds) =>
  moment(seconds).toLocaleString(locale(), { dateStyle: "long", timeStyle: "medium" });

/** "Today", "Yesterday", "21 November", with the year if it is not the current one. */
export function day(seconds, now = new Date()) {
  const date = moment(seconds);
  const ago = Math.round((midnight(now) - midnight(date)) / DAY);
  if (ago === 0) return word("today");
  if (ago === 1) return word("yesterday");
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(locale(), { day: "numeric", month: "long", year });
}

/** Date of a last message in a chat list: the time today, else the day. */
export const shortDate = (seconds, now = new Date()) =>
  midnight(now).getTime() === midnight(moment(seconds)).getTime()
    ? time(seconds)
    : moment(seconds).toLocaleDateString(locale(), { day: "numeric", month: "short" });

export function duration(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

export function size(bytes) {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const options = { style: "unit", unit: UNITS[power], maximumFractionDigits: power > 1 ? 1 : 0 };
  return new Intl.NumberFormat(locale(), options).format(bytes / 1000 ** power);
}
