from itertools import groupby

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.wire import Json

#: https://core.telegram.org/bots/api#reactiontypeemoji
ALLOWED = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌
🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉
🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡
"""
EMOJI = frozenset(ALLOWED.split())


class Reactions:
    """The reaction of each user, and of the bot, on each message: at most one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, chat_id: int, message_id: int) -> list[Json]:
        """Return the users of each emoji, for apps; the Bot API's Message does not have them."""
        rows = self._database.rows(
            "SELECT emoji, user_id FROM reactions WHERE chat_id = ? AND message_id = ?"
            " ORDER BY emoji, user_id",
            *(chat_id, message_id),
        )
        return [
            {"emoji": emoji, "users": [row["user_id"] for row in each]}
            for emoji, each in groupby(rows, key=lambda row: str(row["emoji"]))
        ]

    def set(self, chat_id: int, message_id: int, user_id: int, emoji: str) -> str:
        """Replace the reaction of a user, or remove it with ""; return the one before."""
        place = (chat_id, message_id, user_id)
        found = self._database.row(
            "SELECT emoji FROM reactions WHERE chat_id = ? AND message_id = ? AND user_id = ?",
            *place,
        )
        if emoji:
            self._database.change("REPLACE INTO reactions VALUES (?, ?, ?, ?)", *place, emoji)
        else:
            self._database.change(
                "DELETE FROM reactions WHERE chat_id = ? AND message_id = ? AND user_id = ?",
                *place,
            )
        return found["emoji"] if found else ""

    def forget(self, chat_id: int, message_id: int) -> None:
        self._database.change(
            "DELETE FROM reactions WHERE chat_id = ? AND message_id = ?", chat_id, message_id
        )
