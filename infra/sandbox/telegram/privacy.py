"""Group messages that reach a bot: https://core.telegram.org/bots/features#privacy-mode"""

from infra.sandbox.telegram.wire import Json

SERVICE = {
    "new_chat_members",
    "left_chat_member",
    "group_chat_created",
    "forum_topic_created",
    "forum_topic_closed",
    "forum_topic_reopened",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
}


def is_for_bot(message: Json, bot: Json) -> bool:
    """Return True for commands to the bot, replies to it, messages via it, and service messages; not for mentions."""
    if message["chat"]["type"] == "private" or SERVICE & message.keys():
        return True
    if message.get("via_bot", {}).get("id") == bot["id"]:
        return True
    answered = message.get("reply_to_message", {}).get("from", {})
    return answered.get("id") == bot["id"] or _begins_with_command(message, bot["username"])


def _begins_with_command(message: Json, username: str) -> bool:
    text = message.get("text") or message.get("caption") or ""
    entities = message.get("entities") or message.get("caption_entities") or []
    for entity in entities:
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            _, _, named = text[: entity["length"]].partition("@")
            return named.lower() in {"", username}
    return False
