import asyncio
import json
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from tests.message import Message, button_data, buttons, find_button, labels, line, opener, words
from tests.upload import upload

__all__ = ["Message", "User", "buttons", "words"]

RECONNECT_SECONDS = 0.03


class User:
    """A user with a Telegram app, connected to the fake at `base_url`.

    `wait_for` considers only what the bot does after this user's last action (a text, a file, a press), so an answer to
    an earlier action never counts for this one. Everything happens in the private chat with the bot; `in_chat` returns
    the same user in a group.
    """

    def __init__(
        self,
        base_url: str,
        user_id: int = 1001,
        *,
        chat_id: int | None = None,
        thread_id: int | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.id = user_id
        self.chat_id = chat_id or user_id
        self.thread_id = thread_id
        self.base_url = base_url
        self._http = http or _client(base_url)
        self._chat = {"chat": self.chat_id}
        self._since = "0"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    def in_chat(self, group: Mapping[str, Any], thread_id: int | None = None) -> "User":
        """Return the same user in a group, or in one topic of it; closed together with this one.

        Without a topic it is the whole group, and the general topic of a forum.
        """
        place = {"chat_id": group["id"], "thread_id": thread_id}
        return User(self.base_url, self.id, http=self._http, **place)

    async def create_topic(self, name: str) -> int:
        """Create a topic of this forum; return its thread id."""
        topic = await self._action("POST", "topics", json={"name": name})
        thread_id: int = topic["message_thread_id"]
        return thread_id

    async def invite(self, user: "User") -> None:
        """Add a user to this group."""
        await self._action("POST", "members", json={"user_id": user.id})

    async def upgrade(self) -> Mapping[str, Any]:
        """Upgrade this group to a supergroup; return the user in the new chat."""
        return await self._action("POST", "upgrade")

    async def close_topic(self, thread_id: int, *, closed: bool = True) -> None:
        """Let only the founder of this forum write in the topic."""
        await self._change("PUT", f"topics/{thread_id}", {"closed": closed})

    async def delete_topic(self, thread_id: int) -> None:
        """Delete the topic with all its messages."""
        await self._change("DELETE", f"topics/{thread_id}")

    async def forbid_bot(self, *kinds: str) -> None:
        """Set what the bot may not send to this group: `photo`, `text`, … or `*` for everything."""
        await self._change("PUT", "bot", {"forbidden": kinds})

    async def make_bot(self, status: str) -> None:
        """Set the bot's status in this group: `member`, `administrator`, `kicked` or `left`."""
        await self._change("PUT", "bot", {"status": status})

    async def delete(self, message: Message) -> None:
        """Delete for everybody, without an update to the bot."""
        await self._change("DELETE", f"messages/{message['message_id']}")

    async def say(self, text: str, reply_to: int | None = None) -> Message:
        return await self._send(json={"text": text, "reply_to_message_id": reply_to})

    async def edit(self, message: Message, text: str) -> Message:
        path = f"messages/{message['message_id']}"
        return await self._action("PUT", path, json={"text": text})

    async def send_sticker(self, emoji: str = "🙂") -> Message:
        return await self._send(json={"sticker": emoji})

    async def send_location(self, latitude: float, longitude: float) -> Message:
        return await self._send(json={"location": {"latitude": latitude, "longitude": longitude}})

    async def send_photo(self, picture: Path | bytes, caption: str = "") -> Message:
        return await self.send_files(picture, caption=caption, send_as="photo")

    async def send_files(
        self,
        *files: Path | bytes,
        caption: str = "",
        send_as: str = "document",
        reply_to: int | None = None,
    ) -> Message:
        """Send one file, or several as an album; return the (first) message."""
        fields: dict[str, Any] = {"as": send_as, "caption": caption}
        fields |= {"reply_to_message_id": reply_to} if reply_to else {}
        return await self._send(data=fields, files=[("file", upload(file)) for file in files])

    async def react(self, message: Message, emoji: str = "") -> None:
        """Set the own reaction, or remove it."""
        await self._change("PUT", f"messages/{message['message_id']}/reaction", {"emoji": emoji})

    async def press(self, message: Message, label_or_data: str) -> str:
        """Press the button with this label or this data; return the query's id.

        A button behind «⋯ More» is shown first.
        """
        message = await self.with_button(
            message, lambda now: find_button(now, label_or_data) is not None
        )
        body = {
            "message_id": message["message_id"],
            "data": button_data(message, label_or_data),
        }
        answer = await self._action("POST", "callbacks", json=body)
        query_id: str = answer["callback_query_id"]
        return query_id

    async def with_button(self, message: Message, has_button: Callable[[Message], bool]) -> Message:
        """Return the message with the button; press «⋯ More» if the button is behind it."""
        if has_button(message) or opener(message) is None:
            return message
        number = message["message_id"]
        now = next(each for each in await self.messages() if each["message_id"] == number)
        if has_button(now) or (more := opener(now)) is None:
            return now
        await self.press(now, more)
        return await self.wait_for(
            lambda changed: changed["message_id"] == number and opener(changed) is None
        )

    async def ask_inline(self, query: str, offset: str = "") -> str:
        """Type a query after the bot's name in this chat; return its id."""
        body = {"query": query, "offset": offset}
        query_id: str = (await self._action("POST", "inline", json=body))["inline_query_id"]
        return query_id

    def wait_for_results(
        self, query_id: str, timeout: float = 10
    ) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """Return the bot's answer to an inline query: `results`, `next_offset` and `button`."""
        return self._wait_for_event(lambda event: event.get("inline_query_id") == query_id, timeout)

    async def choose_inline(self, query_id: str, result_id: str) -> Message:
        """Send a result of an inline query to this chat."""
        body = {"result_id": result_id}
        return await self._action("POST", f"inline/{query_id}", json=body)

    async def agree(self) -> None:
        """Confirm an order whose price is shown first."""
        card = await self.wait_for(_asks_to_start)
        await self.press(card, next(filter(_starts, labels(card))))

    async def block(self) -> None:
        await self._http.post(f"/users/{self.id}/block")

    async def unblock(self) -> None:
        await self._http.post(f"/users/{self.id}/unblock")

    async def stop_draft(self, draft_id: int) -> None:
        """Press the stop button of a draft: https://core.telegram.org/bots/api#sendmessagedraft"""
        await self._http.post(f"/users/{self.id}/drafts/stop", json={"draft_id": draft_id})

    async def messages(self) -> list[Message]:
        """Return the whole chat or topic, oldest first."""
        found: list[Message] = await self._get(f"/users/{self.id}/messages", self._chat)
        return [message for message in found if self._is_here(message)]

    async def from_bot(self) -> list[Message]:
        return [message for message in await self.messages() if message["from"]["is_bot"]]

    async def last_from_bot(self) -> Message:
        found = await self.from_bot()
        assert found, await self.transcript()
        return found[-1]

    async def keyboard(self) -> list[list[str]]:
        """Return the labels of this user's current reply keyboard, row by row."""
        markup = await self._get(f"/users/{self.id}/keyboard", self._chat) or {"keyboard": []}
        return [[button["text"] for button in row] for row in markup["keyboard"]]

    async def commands(self) -> list[str]:
        bot = await self._get("/bot", {"user": self.id, **self._chat})
        return [command["command"] for command in bot["commands"]]

    async def file(self, file_id: str) -> bytes:
        response = await self._http.get(f"/files/{file_id}")
        return response.raise_for_status().content

    def wait_for(
        self, predicate: Callable[[Message], object], timeout: float = 10
    ) -> Coroutine[Any, Any, Message]:
        """Return the bot's newest message since the last action that matches, or matches after an edit."""
        return self._wait_for_message(predicate, timeout)

    def wait_for_text(self, part: str, timeout: float = 10) -> Coroutine[Any, Any, Message]:
        """Return a message whose text or caption contains this."""
        return self._wait_for_message(lambda message: part in words(message), timeout)

    def wait_for_answer(
        self, query_id: str, timeout: float = 10
    ) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """Return the bot's answer to a press: `text` and `show_alert`."""
        return self._wait_for_event(
            lambda event: event.get("callback_query_id") == query_id, timeout
        )

    def wait_for_event(
        self, predicate: Callable[[Mapping[str, Any]], object], timeout: float = 10
    ) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """Return any other event of this user's app: `deleted`, `keyboard`, `action`, `commands`."""
        return self._wait_for_event(predicate, timeout)

    async def transcript(self) -> str:
        """Format the chat as text for a failing test."""
        lines = [line(message) for message in await self.messages()]
        return "\n".join([f"The chat of {self.id}:", *lines])

    def _is_here(self, message: Message) -> bool:
        in_topic = message.get("is_topic_message")
        topic = message["message_thread_id"] if in_topic else None
        return bool(topic == self.thread_id)

    async def _send(self, **content: Any) -> Message:
        for kind in ("json", "data"):
            if kind in content and self.thread_id:
                content[kind]["message_thread_id"] = self.thread_id
        return await self._action("POST", "messages", **content)

    async def _action(self, method: str, what: str, **content: Any) -> Mapping[str, Any]:
        path = f"/users/{self.id}/{what}"
        response = await self._http.request(method, path, params=self._chat, **content)
        assert response.is_success, response.text
        self._since = response.headers.get("last-event-id", self._since)
        answer: Mapping[str, Any] = response.json()
        return answer

    async def _change(self, method: str, what: str, body: Mapping[str, Any] | None = None) -> None:
        path = f"/users/{self.id}/{what}"
        response = await self._http.request(method, path, params=self._chat, json=body)
        assert response.is_success, response.text

    async def _get(self, path: str, query: Mapping[str, int]) -> Any:
        return (await self._http.get(path, params=query)).raise_for_status().json()

    async def _wait_for_message(
        self, predicate: Callable[[Message], object], seconds: float
    ) -> Message:
        def matches(event: Mapping[str, Any]) -> bool:
            message = event.get("message")
            if not message or not message["from"]["is_bot"]:
                return False
            return self._is_here(message) and bool(predicate(message))

        message: Message = (await self._wait_for_event(matches, seconds))["message"]
        return message

    async def _wait_for_event(
        self, matches: Callable[[Mapping[str, Any]], object], seconds: float
    ) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                return await self._find_event(matches)
        except TimeoutError:
            chat = await self.transcript()
            raise AssertionError(f"No such event within {seconds} s. {chat}") from None

    async def _find_event(
        self, matches: Callable[[Mapping[str, Any]], object]
    ) -> Mapping[str, Any]:
        while True:
            found = await self._follow(matches)
            if found is not None:
                return found
            await asyncio.sleep(RECONNECT_SECONDS)  # the fake is restarting

    async def _follow(
        self, matches: Callable[[Mapping[str, Any]], object]
    ) -> Mapping[str, Any] | None:
        """Return the newest past event that matches, else the first new one."""
        path = f"/users/{self.id}/events?chat={self.chat_id}"
        headers = {"Last-Event-ID": self._since}
        newest, caught_up = None, False
        with suppress(httpx.TransportError):
            async with self._http.stream("GET", path, headers=headers) as response:
                async for line in response.aiter_lines():
                    if line.startswith("data: ") and matches(event := json.loads(line[6:])):
                        newest = event
                    # The fake sends past events, then a comment, then new ones.
                    caught_up = caught_up or line.startswith(":")
                    if caught_up and newest:
                        break
        return newest


def _asks_to_start(message: Message) -> bool:
    return any(map(_starts, labels(message)))


def _starts(label: str) -> bool:
    return label.startswith("▶️ ")


async def create_user(base_url: str, first_name: str, language_code: str = "ru") -> User:
    """Create a user."""
    async with _client(base_url) as http:
        body = {"first_name": first_name, "language_code": language_code}
        answer = (await http.post("/users", json=body)).raise_for_status().json()
    return User(base_url, answer["id"])


async def create_users(base_url: str, number: int, language_code: str = "ru") -> list[User]:
    return [
        await create_user(base_url, f"Person {index}", language_code) for index in range(number)
    ]


async def create_group(
    base_url: str,
    title: str,
    users: Sequence[User],
    *,
    forum: bool = False,
    supergroup: bool = False,
) -> Mapping[str, Any]:
    """Create a group that the first of these users founds, with the bot in it; a forum has topics."""
    body = {
        "title": title,
        "users": [user.id for user in users[1:]],
        "forum": forum,
        "supergroup": supergroup,
    }
    async with _client(base_url) as http:
        answer = await http.post(f"/users/{users[0].id}/groups", json=body)
    group: Mapping[str, Any] = answer.raise_for_status().json()
    return group


async def set_privacy(base_url: str, *, on: bool) -> None:
    """Set whether the bot gets only messages for it in groups; privacy is on at the start."""
    async with _client(base_url) as http:
        (await http.put("/bot/privacy", json={"on": on})).raise_for_status()


def _client(base_url: str) -> httpx.AsyncClient:
    # Loopback has no TLS: an empty context saves each client 35 ms of loading certificates.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Shorter than the server's own 5 s: a request on a connection that the server is closing would be lost.
    limits = httpx.Limits(keepalive_expiry=2)
    return httpx.AsyncClient(
        base_url=base_url, trust_env=False, timeout=30, verify=tls, limits=limits
    )
