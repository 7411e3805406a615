"""Media on disk under a public URL, as on fal's CDN."""

import json
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from infra.sandbox.broken_answers import BrokenOff
from infra.sandbox.fal.options import Options

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
}
# A random part, an extension, and the number of an uploaded part.
_NAME = re.compile(r"[\w-]{1,64}(\.\w{1,16}){0,2}", re.ASCII)
# Number of failed downloads before the file is served, for a prompt with a temporary CDN fault.
_TIMES = 3
_PAGE = "<!doctype html><title>Maintenance</title><p>We will be back soon.</p>"
# Clients that request something other than the file (infra/sandbox/fal/fault_words.py).
_REFUSALS = {"#cdn": 503, "#nocdn": 503, "#403": 403}


@dataclass(frozen=True)
class _About:
    content_type: str
    expires_at: float | None = None
    fault_word: str | None = None


class Cdn:
    def __init__(self, options: Options) -> None:
        self._folder = options.data / "files"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._now = options.now
        self._asked: Counter[str] = Counter()

    def reserve(
        self, content_type: str, *, lifetime: float | None = None, fault_word: str | None = None
    ) -> str:
        """Return a name for a future file that is hard to guess."""
        extension = _EXTENSIONS.get(content_type, "bin")
        name = f"{secrets.token_urlsafe(16)}.{extension}"
        expires_at = None if lifetime is None else self._now() + lifetime
        self._describe(name, _About(content_type, expires_at, fault_word))
        return name

    def keep(
        self,
        content: bytes,
        content_type: str,
        *,
        lifetime: float | None = None,
        fault_word: str | None = None,
    ) -> str:
        name = self.reserve(content_type, lifetime=lifetime, fault_word=fault_word)
        self.path(name).write_bytes(content)
        return name

    def described(self, name: str, origin: str) -> Mapping[str, Any]:
        """Return fal's file object."""
        return {
            "url": f"{origin}/files/{name}",
            "content_type": self._about(name).content_type,
            "file_name": name,
            "file_size": self.path(name).stat().st_size,
        }

    def path(self, name: str) -> Path:
        """Return the path of this file, existing or not; raise FileNotFoundError for an invalid name."""
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self._folder / name

    def is_reserved(self, name: str) -> bool:
        return bool(_NAME.fullmatch(name)) and self._about_path(name).is_file()

    def exists(self, name: str) -> bool:
        """Return whether there is a file that has not expired."""
        if not self.is_reserved(name) or not self.path(name).is_file():
            return False
        expires_at = self._about(name).expires_at
        return expires_at is None or expires_at > self._now()

    def delete(self, name: str) -> None:
        if self.is_reserved(name):
            self.path(name).unlink(missing_ok=True)

    def files(self) -> list[Mapping[str, Any]]:
        """Return what is kept, and until when; None is for ever."""
        kept = [path.name for path in sorted(self._folder.iterdir()) if path.name[0] != "."]
        return [
            {
                "name": name,
                "content_type": self._about(name).content_type,
                "expires_at": self._about(name).expires_at,
            }
            for name in kept
            if self.exists(name)
        ]

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not self.exists(name):
            raise HTTPException(404)
        about = self._about(name)
        file = FileResponse(self.path(name), media_type=about.content_type)
        self._asked[name] += 1
        lasts = about.fault_word == "#nocdn" or self._asked[name] <= _TIMES
        return (
            _faulty_response(about.fault_word, request, file)
            if about.fault_word and lasts
            else file
        )

    def _describe(self, name: str, about: _About) -> None:
        self._about_path(name).write_text(json.dumps(asdict(about)))

    def _about(self, name: str) -> _About:
        # Another version may have written other fields.
        about = json.loads(self._about_path(name).read_text())
        return _About(about["content_type"], about.get("expires_at"), about.get("fault_word"))

    def _about_path(self, name: str) -> Path:
        path = self.path(name)
        return path.with_name(f".{path.name}.json")


def _faulty_response(word: str, request: Request, file: Response) -> Response:
    """Return the faulty response that replaces a file."""
    match word:
        case "#page":
            return HTMLResponse(_PAGE)
        case "#cut":
            return BrokenOff(file)
        case "#moved":
            return RedirectResponse(request.url.include_query_params(moved=1), 302)
        case _:
            raise HTTPException(_REFUSALS[word])
