"""Bot side of a chat, by plain calls of the Bot API, and files for it to send."""

from io import BytesIO
from typing import Any

import av
import httpx
from PIL import Image

FRAMES_PER_SECOND = 12


class BotSide:
    """A bot that a test controls, in the chat of one user: https://core.telegram.org/bots/api"""

    def __init__(self, http: httpx.AsyncClient, token: str, user_id: int) -> None:
        self._http = http
        self._token = token
        self._user_id = user_id

    async def call(self, method: str, **parameters: Any) -> Any:
        return await self._post(method, json={"chat_id": self._user_id} | parameters)

    async def send_file(self, kind: str, data: bytes, name: str, caption: str) -> Any:
        """Call sendPhoto, sendVideo and the like: `kind` is the name of the file's field."""
        fields = {"chat_id": self._user_id, "caption": caption}
        return await self._post(f"send{kind.capitalize()}", data=fields, files={kind: (name, data)})

    async def next_update(self, kind: str) -> Any:
        """Wait for the user's next update of this kind; ignore those before it."""
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, limit=1, timeout=5):
                offset = update["update_id"] + 1
                content = update.get(kind)
                if content and content["from"]["id"] == self._user_id:
                    await self.call("getUpdates", offset=offset, timeout=0)
                    return content

    async def _post(self, method: str, **body: Any) -> Any:
        response = await self._http.post(f"/bot{self._token}/{method}", timeout=20, **body)
        assert response.is_success, response.text
        return response.json()["result"]


def picture(width: int = 320, height: int = 240, colour: str = "#d8381f") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def clip(width: int = 160, height: int = 120, seconds: int = 2) -> bytes:
    """Return an MP4 with H.264, which browsers play."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(seconds * FRAMES_PER_SECOND):
            container.mux(stream.encode(av.VideoFrame(width, height, "yuv420p")))
        container.mux(stream.encode())
    return buffer.getvalue()
