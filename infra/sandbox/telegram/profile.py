import json
import re
from collections.abc import Iterator

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.refusals import bad_request
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"(?:[a-z]{2})?")
MAX_COMMANDS = 100
DESCRIPTION_LENGTH = 256
ADMINISTRATOR_RIGHTS = (
    *("can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
    *("can_post_stories", "can_edit_stories", "can_delete_stories"),
    "can_send_welcome_messages",
)
CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}
SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
} | CHAT_SCOPES


class Profile:
    """The bot's identity and command menus, by scope and language.

    https://core.telegram.org/bots/api#determining-list-of-commands
    """

    def __init__(self, database: Database, token: str) -> None:
        self._database = database
        self._id = int(token.partition(":")[0])

    @property
    def user(self) -> Json:
        return {
            "id": self._id,
            "is_bot": True,
            "first_name": self.words("name", "") or "Darkroom",
            "username": "darkroom_bot",
        }

    @property
    def me(self) -> Json:
        """https://core.telegram.org/bots/api#getme"""
        return self.user | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": self.is_inline,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def member(self, status: str) -> Json:
        """https://core.telegram.org/bots/api#chatmember: the bot in a group."""
        details: dict[str, Json] = {
            "administrator": {"is_anonymous": False, **dict.fromkeys(ADMINISTRATOR_RIGHTS, True)},
            "kicked": {"until_date": 0},
        }
        return {"status": status, "user": self.user, **details.get(status, {})}

    @property
    def privacy(self) -> bool:
        """Return whether privacy mode is on."""
        return bool(self._database.setting("privacy", True))

    def set_privacy(self, *, on: bool) -> None:
        self._database.keep_setting("privacy", on)

    @property
    def is_inline(self) -> bool:
        """Return whether users may type queries after the bot's name."""
        return bool(self._database.setting("inline", True))

    def set_inline(self, *, on: bool) -> None:
        self._database.keep_setting("inline", on)

    def words(self, name: str, language: str) -> str:
        """Return the bot's name, description or short description in one language."""
        found: str = self._database.setting(f"{name}.{language}", "")
        return found

    def set_words(self, name: str, language: str, text: str) -> None:
        self._database.keep_setting(f"{name}.{_checked_language(language)}", text)

    @property
    def photo(self) -> list[Json]:
        """The sizes of the profile photo; empty without one."""
        sizes: list[Json] = self._database.setting("photo", [])
        return sizes

    def set_photo(self, sizes: list[Json]) -> None:
        self._database.keep_setting("photo", sizes)

    def commands(self, scope: Json, language: str) -> list[Json]:
        row = self._database.row(
            "SELECT commands FROM commands WHERE scope = ? AND language = ?",
            *(_scope_name(scope), _checked_language(language)),
        )
        return json.loads(row["commands"]) if row else []

    def set_commands(self, scope: Json, language: str, commands: list[object]) -> None:
        self._database.change(
            "REPLACE INTO commands VALUES (?, ?, ?)",
            *(_scope_name(scope), _checked_language(language)),
            json.dumps(_checked_commands(commands)),
        )

    def delete_commands(self, scope: Json, language: str) -> None:
        self._database.change(
            "DELETE FROM commands WHERE scope = ? AND language = ?",
            *(_scope_name(scope), _checked_language(language)),
        )

    def menu(self, user: User | None, chat_id: int) -> list[Json]:
        """Return the user's command menu in a chat: the narrowest scope first, the user's language first."""
        return next(filter(None, self._candidates(user, chat_id)), [])

    def _candidates(self, user: User | None, chat_id: int) -> Iterator[list[Json]]:
        kind = "all_private_chats" if chat_id >= 0 else "all_group_chats"
        own: list[Json] = [{"type": "chat", "chat_id": chat_id}] if chat_id else []
        # A user's language is an IETF tag, a menu's the two letters of ISO 639-1.
        languages = [user.language_code.partition("-")[0].lower(), ""] if user else [""]
        for scope in [*own, {"type": kind}, {"type": "default"}]:
            for language in languages:
                yield self.commands(scope, language)


def _scope_name(scope: Json) -> str:
    kind = str(scope.get("type", "default"))
    if kind not in SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if kind in CHAT_SCOPES and not scope.get("chat_id"):
        raise bad_request("can't parse BotCommandScope: Empty chat_id specified")
    return ":".join([kind, *(str(scope[key]) for key in ("chat_id", "user_id") if key in scope)])


def _checked_language(language: str) -> str:
    if not LANGUAGE.fullmatch(language):
        raise bad_request("LANGUAGE_CODE_INVALID")
    return language


def _checked_commands(commands: list[object]) -> list[Json]:
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_checked_command(command) for command in commands]


def _checked_command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name, description = str(command.get("command", "")), str(command.get("description", ""))
    if not COMMAND.fullmatch(name.removeprefix("/")):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= DESCRIPTION_LENGTH:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name.removeprefix("/"), "description": description}
