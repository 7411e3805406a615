"""What of a group's talk reaches a bot: https://core.telegram.org/bots/features#privacy-mode"""

from infra.sandbox.telegram.wire import Json

SERVICE = {
    "new_chat_members",
    "left_chat_member",
    "group_chat_created",
    "forum_topic_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
}


def is_for_bot(message: Json, bot: Json) -> bool:
    """Commands, mentions, answers to what the bot has said, and what happens to the group."""
    if message["chat"]["type"] == "private" or SERVICE & message.keys():
        return True
    answered = message.get("reply_to_message", {}).get("from", {})
    return answered.get("id") == bot["id"] or any(
        _addresses(kind, words, bot["username"]) for kind, words in _marked(message)
    )


def _marked(message: Json) -> list[tuple[str, str]]:
    """The kind and the words of each entity; offsets count UTF-16 units."""
    text = message.get("text") or message.get("caption") or ""
    units = text.encode("utf-16-le")
    entities = message.get("entities") or message.get("caption_entities") or []
    return [
        (each["type"], _cut(units, each["offset"], each["offset"] + each["length"]))
        for each in entities
    ]


def _cut(units: bytes, first: int, last: int) -> str:
    return units[2 * first : 2 * last].decode("utf-16-le", "replace")


def _addresses(kind: str, words: str, username: str) -> bool:
    if kind == "mention":
        return words.lower() == f"@{username}"
    _, _, named = words.partition("@")
    return kind == "bot_command" and named.lower() in {"", username}
