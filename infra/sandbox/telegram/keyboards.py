"""https://core.telegram.org/bots/api#inlinekeyboardmarkup and the other kinds of reply markup."""

from collections.abc import Callable
from urllib.parse import urlsplit

from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import bad_request
from infra.sandbox.telegram.wire import Json

CALLBACK_DATA_BYTES = 64
MAX_INLINE_BUTTONS = 100
COPIED_LENGTH = 256
STYLES = {"danger", "success", "primary"}
BUTTON_LOOKS = ("text", "icon_custom_emoji_id", "style")
BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
KEYBOARD_OPTIONS = (
    "is_persistent",
    "resize_keyboard",
    "one_time_keyboard",
    "input_field_placeholder",
    "selective",
)


def read_markup(parameters: Parameters) -> Json:
    """Return the validated reply markup of a call; empty when there is none."""
    markup = parameters.json("reply_markup", "reply keyboard markup") or {}
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return {"inline_keyboard": _inline_rows(markup["inline_keyboard"])}
    if "keyboard" in markup:
        options = {name: markup[name] for name in KEYBOARD_OPTIONS if name in markup}
        return {"keyboard": _rows(markup["keyboard"], "keyboard", _keyboard_button)} | options
    return markup


def _inline_rows(rows: object) -> list[list[Json]]:
    name = "inline_keyboard"
    found = [row for row in _rows(rows, name, _inline_button) if row]
    if sum(map(len, found)) > MAX_INLINE_BUTTONS:
        raise bad_request("reply markup is too long")
    return found


def read_rich_buttons(buttons: object) -> list[Json]:
    """https://core.telegram.org/bots/api#richmessagebutton; a callback button may be a link."""
    if not isinstance(buttons, list):
        raise bad_request("expected an Array of RichMessageButton")
    return [_rich_button(button) for button in buttons]


def _rich_button(button: object) -> Json:
    if isinstance(button, dict) and button.get("style") == "link":
        if not button.get("callback_data"):
            raise bad_request("the style link is allowed for callback buttons only")
        return _inline_button(button | {"style": None}) | {"style": "link"}
    return _inline_button(button)


def _rows(rows: object, name: str, button: Callable[[object], Json]) -> list[list[Json]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    return [[button(each) for each in row] for row in rows]


def _keyboard_button(button: object) -> Json:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse keyboard button: KeyboardButton must be a String or an Object"
        )
    _check_style(button)
    return button


def _inline_button(button: object) -> Json:
    wrong = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(wrong + "InlineKeyboardButton must be an Object")
    if not (isinstance(button.get("text"), str) and button["text"]):
        raise bad_request(wrong + 'Field "text" must be of type String')
    action = next((name for name in BUTTON_ACTIONS if _is_given(name, button.get(name))), None)
    if action is None:
        raise bad_request(wrong + "Text buttons are unallowed in the inline keyboard")
    _check_action(action, button[action])
    _check_style(button)
    return {name: button[name] for name in (*BUTTON_LOOKS, action) if name in button}


def _is_given(name: str, value: object) -> bool:
    """Return whether a field is set; a disabled button has an empty object, an inline query may be empty."""
    is_empty_query = name.startswith("switch_inline_query") and value == ""
    return bool(value) or value == {} or is_empty_query


def _check_action(action: str, value: object) -> None:
    if action == "callback_data" and len(str(value).encode()) > CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url" and not _is_link(str(value)):
        raise bad_request("BUTTON_URL_INVALID")

    if action == "switch_inline_query_chosen_chat" and not _names_chats(value):
        raise bad_request("can't parse inline keyboard button: no chat types are allowed")
    if action == "copy_text":
        copied = value.get("text") if isinstance(value, dict) else None
        if not isinstance(copied, str):
            raise bad_request("can't parse inline keyboard button: copy_text must be an Object")
        if not 1 <= len(copied) <= COPIED_LENGTH:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _names_chats(value: object) -> bool:
    """https://core.telegram.org/bots/api#switchinlinequerychosenchat"""
    kinds = ("user", "bot", "group", "channel")
    return isinstance(value, dict) and any(value.get(f"allow_{kind}_chats") for kind in kinds)


def _check_style(button: Json) -> None:
    if button.get("style") not in {None, "", *STYLES}:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "tg" or (parts.scheme in {"http", "https"} and bool(parts.netloc))
