from infra.sandbox.telegram.groups import Groups
from infra.sandbox.telegram.messages import Messages
from infra.sandbox.telegram.wire import Json


class UnknownThreadError(Exception):
    """The forum has no such topic."""


class Threads:
    """Position of a message in a chat: its topic or thread, and the message that it replies to.

    https://core.telegram.org/bots/api#message
    """

    def __init__(self, groups: Groups, messages: Messages) -> None:
        self._groups = groups
        self._messages = messages

    def place(self, chat: Json, thread_id: int, replied: Json | None) -> Json:
        """Return the fields of that position; `thread_id` is 0 where none is named."""
        if chat.get("is_forum"):
            return self._in_topic(chat["id"], thread_id or _topic(replied), replied)
        if chat["type"] == "supergroup" and replied:
            # In supergroups without topics each reply has a thread id, but belongs to no topic.
            root = replied.get("message_thread_id", replied["message_id"])
            return {"message_thread_id": root} | _reply(replied)
        return _reply(replied)

    def _in_topic(self, chat_id: int, thread_id: int, replied: Json | None) -> Json:
        """Return the fields of a topic's message: without a reply it replies to the topic's first message."""
        if not thread_id:
            return _reply(replied)
        if thread_id not in self._groups.topics(chat_id):
            raise UnknownThreadError
        first = self._messages.find(chat_id, thread_id)
        return {"message_thread_id": thread_id, "is_topic_message": True} | _reply(replied or first)


def _topic(message: Json | None) -> int:
    topic: int = (message or {}).get("message_thread_id", 0)
    return topic


def _reply(replied: Json | None) -> Json:
    """Return the message replied to, without its own reply."""
    if replied is None:
        return {}
    shown = {name: value for name, value in replied.items() if name != "reply_to_message"}
    return {"reply_to_message": shown}
