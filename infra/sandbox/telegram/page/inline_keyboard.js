import { element, icon } from "./dom.js";

/** Inline buttons; a pressed one shows a spinner until the bot has answered. */
export const inlineKeyboard = (message, actions) =>
  (message.reply_markup?.inline_keyboard ?? []).map((row) =>
    element(
      "div",
      { class: "button-row" },
      row.map((button) => inlineButton(message, button, actions)),
    ),
  );

export function inlineButton(message, button, actions) {
  const look = { class: `inline-button ${button.style ?? ""}` };
  if (button.url) {
    return element(
      "a",
      { ...look, href: safe(button.url), target: "_blank", rel: "noopener noreferrer" },
      button.text,
      icon("link"),
    );
  }
  const node = element(
    "button",
    { ...look, type: "button", disabled: button.disabled },
    button.text,
  );
  node.addEventListener("click", () => waiting(node, () => act(message, button, actions)));
  return node;
}

const safe = (address) => (/^(https?|tg):/i.test(address) ? address : undefined);

function act(message, button, actions) {
  if (button.copy_text) return actions.copy(button.copy_text.text);
  const chosen = button.switch_inline_query_chosen_chat;
  if (chosen) return actions.share(chosen);
  const other = button.switch_inline_query;
  if (other !== undefined) return actions.share({ query: other, allow_group_chats: true });
  const here = button.switch_inline_query_current_chat;
  if (here !== undefined) return actions.search(here);
  return actions.press(message, button.callback_data ?? "");
}

async function waiting(node, work) {
  if (node.ariaBusy === "true") return;
  node.ariaBusy = "true";
  try {
    await work();
  } finally {
    node.ariaBusy = "false";
  }
}
