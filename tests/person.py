import asyncio
import json
import mimetypes
import ssl
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

type Message = Mapping[str, Any]

RECONNECT_SECONDS = 0.03


class Person:
    """Somebody with a Telegram app, at the stand-in that listens at `base_url`.

    `wait_for` looks at what the bot has done since this person's last deed (a word, a file, a
    press), so an answer to an earlier deed is never taken for the answer to this one.
    """

    def __init__(self, base_url: str, person_id: int = 1001) -> None:
        self.id = person_id
        self._http = _client(base_url)
        self._since = "0"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def say(self, text: str, reply_to: int | None = None) -> Message:
        return await self._send(json={"text": text, "reply_to_message_id": reply_to})

    async def edit(self, message: Message, text: str) -> Message:
        path = f"/people/{self.id}/messages/{message['message_id']}"
        return await self._deed("PUT", path, json={"text": text})

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
        """One file, or several as an album: the (first) message."""
        fields = {"as": send_as, "caption": caption}
        fields |= {"reply_to_message_id": str(reply_to)} if reply_to else {}
        return await self._send(data=fields, files=[("file", _part(file)) for file in files])

    async def press(self, message: Message, label_or_data: str) -> str:
        """Press the button that is labelled so, or that carries this data: the query's id."""
        body = {
            "message_id": message["message_id"],
            "data": _button_data(message, label_or_data),
        }
        answer = await self._deed("POST", f"/people/{self.id}/callbacks", json=body)
        query_id: str = answer["callback_query_id"]
        return query_id

    async def block(self) -> None:
        await self._http.post(f"/people/{self.id}/block")

    async def unblock(self) -> None:
        await self._http.post(f"/people/{self.id}/unblock")

    async def messages(self) -> list[Message]:
        """The whole chat, oldest first."""
        found: list[Message] = await self._get(f"/people/{self.id}/messages")
        return found

    async def from_bot(self) -> list[Message]:
        return [message for message in await self.messages() if message["from"]["is_bot"]]

    async def last_from_bot(self) -> Message:
        found = await self.from_bot()
        assert found, await self.transcript()
        return found[-1]

    async def keyboard(self) -> list[list[str]]:
        """The labels of the reply keyboard that this person has now, row by row."""
        markup = await self._get(f"/people/{self.id}/keyboard") or {"keyboard": []}
        return [[button["text"] for button in row] for row in markup["keyboard"]]

    async def commands(self) -> list[str]:
        bot = await self._get(f"/bot?person={self.id}")
        return [command["command"] for command in bot["commands"]]

    async def file(self, file_id: str) -> bytes:
        response = await self._http.get(f"/files/{file_id}")
        return response.raise_for_status().content

    def wait_for(
        self, predicate: Callable[[Message], object], timeout: float = 10
    ) -> Coroutine[Any, Any, Message]:
        """The bot's newest message since the last deed that is so, or becomes so by an edit."""
        return self._wait_for_message(predicate, timeout)

    def wait_for_text(self, part: str, timeout: float = 10) -> Coroutine[Any, Any, Message]:
        """A message whose text or caption has this in it."""
        return self._wait_for_message(lambda message: part in words(message), timeout)

    def wait_for_answer(
        self, query_id: str, timeout: float = 10
    ) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """The bot's answer to a press: `text` and `show_alert`."""
        return self._wait_for_event(
            lambda event: event.get("callback_query_id") == query_id, timeout
        )

    def wait_for_event(
        self, predicate: Callable[[Mapping[str, Any]], object], timeout: float = 10
    ) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """Whatever else this person's app is told: `deleted`, `keyboard`, `action`, `commands`."""
        return self._wait_for_event(predicate, timeout)

    async def transcript(self) -> str:
        """The chat as text, for a failing test to show."""
        lines = [_line(message) for message in await self.messages()]
        return "\n".join([f"The chat of {self.id}:", *lines])

    async def _send(self, **content: Any) -> Message:
        return await self._deed("POST", f"/people/{self.id}/messages", **content)

    async def _deed(self, method: str, path: str, **content: Any) -> Mapping[str, Any]:
        response = await self._http.request(method, path, **content)
        assert response.is_success, response.text
        self._since = response.headers.get("last-event-id", self._since)
        answer: Mapping[str, Any] = response.json()
        return answer

    async def _get(self, path: str) -> Any:
        return (await self._http.get(path)).raise_for_status().json()

    async def _wait_for_message(
        self, predicate: Callable[[Message], object], seconds: float
    ) -> Message:
        def matches(event: Mapping[str, Any]) -> bool:
            message = event.get("message")
            return bool(message and message["from"]["is_bot"] and predicate(message))

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
            raise AssertionError(f"Nothing like that within {seconds} s. {chat}") from None

    async def _find_event(
        self, matches: Callable[[Mapping[str, Any]], object]
    ) -> Mapping[str, Any]:
        while True:
            found = await self._follow(matches)
            if found is not None:
                return found
            await asyncio.sleep(RECONNECT_SECONDS)  # the stand-in is being started again

    async def _follow(
        self, matches: Callable[[Mapping[str, Any]], object]
    ) -> Mapping[str, Any] | None:
        """The newest event that matches among those that were, else the first to come."""
        path, headers = f"/people/{self.id}/events", {"Last-Event-ID": self._since}
        newest, caught_up = None, False
        with suppress(httpx.TransportError):
            async with self._http.stream("GET", path, headers=headers) as response:
                async for line in response.aiter_lines():
                    if line.startswith("data: ") and matches(event := json.loads(line[6:])):
                        newest = event
                    # The stand-in sends what was, then a comment, then what comes.
                    caught_up = caught_up or line.startswith(":")
                    if caught_up and newest:
                        break
        return newest


async def create_person(base_url: str, first_name: str, language_code: str = "ru") -> Person:
    """Somebody new."""
    async with _client(base_url) as http:
        body = {"first_name": first_name, "language_code": language_code}
        answer = (await http.post("/people", json=body)).raise_for_status().json()
    return Person(base_url, answer["id"])


async def create_people(base_url: str, number: int, language_code: str = "ru") -> list[Person]:
    return [
        await create_person(base_url, f"Person {index}", language_code) for index in range(number)
    ]


def words(message: Message) -> str:
    """A message's text, or the caption under its media."""
    found: str = message.get("text") or message.get("caption") or ""
    return found


def buttons(message: Message) -> list[Mapping[str, str]]:
    """The inline buttons under a message, in reading order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def _client(base_url: str) -> httpx.AsyncClient:
    # Over loopback there is no TLS: an empty context spares each client 35 ms of certificates.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=30, verify=tls)


def _button_data(message: Message, label_or_data: str) -> str:
    for button in buttons(message):
        if label_or_data in (button["text"], button.get("callback_data")):
            return button["callback_data"]
    labels = [button["text"] for button in buttons(message)]
    raise AssertionError(f"No button {label_or_data!r} among {labels} under {words(message)!r}")


def _part(file: Path | bytes) -> tuple[str, bytes, str]:
    """A file's name, bytes and type, as an upload has them."""
    if isinstance(file, Path):
        guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return file.name, file.read_bytes(), guessed
    name, content_type = _recognise(file)
    return name, file, content_type


def _recognise(data: bytes) -> tuple[str, str]:
    if data.startswith(b"\x89PNG"):
        return "picture.png", "image/png"
    if data.startswith(b"\xff\xd8"):
        return "picture.jpg", "image/jpeg"
    if data[4:8] == b"ftyp":
        return "clip.mp4", "video/mp4"
    return "file.bin", "application/octet-stream"


def _line(message: Message) -> str:
    media = ("photo", "video", "animation", "document", "voice", "audio", "sticker", "location")
    kinds = [f"[{kind}]" for kind in media if kind in message]
    labels = [f"<{button['text']}>" for button in buttons(message)]
    who = "bot" if message["from"]["is_bot"] else message["from"]["first_name"]
    return " ".join([f"  {message['message_id']} {who}:", *kinds, words(message), *labels])
