from infra.sandbox.telegram.groups import Groups
from infra.sandbox.telegram.messages import Messages
from infra.sandbox.telegram.wire import Json


class UnknownThreadError(Exception):
    """The forum has no such topic."""


class Threads:
    """Where in a chat a message stands: in which topic or thread, and as an answer to what.

    https://core.telegram.org/bots/api#message
    """

    def __init__(self, groups: Groups, messages: Messages) -> None:
        self._groups = groups
        self._messages = messages

    def place(self, chat: Json, thread_id: int, replied: Json | None) -> Json:
        """The fields that say so; `thread_id` is 0 where none is named."""
        if chat.get("is_forum"):
            return self._in_topic(chat["id"], thread_id or _topic(replied), replied)
        if chat["type"] == "supergroup" and replied:
            # The trap of supergroups without topics: each answer has a thread, and is in no topic.
            root = replied.get("message_thread_id", replied["message_id"])
            return {"message_thread_id": root} | _reply(replied)
        return _reply(replied)

    def _in_topic(self, chat_id: int, thread_id: int, replied: Json | None) -> Json:
        """What answers nothing in a topic answers the message that began it."""
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
    """A message shows what it answers, but not what that one has answered."""
    if replied is None:
        return {}
    shown = {name: value for name, value in replied.items() if name != "reply_to_message"}
    return {"reply_to_message": shown}
