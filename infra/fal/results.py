"""Lenient parsing of a model's output: fields may be null, missing or too large."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.errors import FailureKind, ProviderError

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONGEST_URL = 4096
_FIELDS = ("images", "image", "videos", "video")


@dataclass(frozen=True, slots=True)
class ResultFile:
    """An image or a video on fal's CDN; width and height are pixels."""

    url: str
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`blocked` says for each file, in order, whether the safety filter has replaced it."""

    files: tuple[ResultFile, ...]
    blocked: tuple[bool, ...]
    seed: int | None = None


def parse_result(payload: Any) -> Result:
    """Find the media in a model's output, from a result call or a webhook.

    Raises ProviderError if there are none, or if all were blocked.
    """
    output = payload if isinstance(payload, dict) else {}
    files = tuple(find_files(output))
    if not files:
        raise ProviderError(
            FailureKind.BROKEN_RESULT, "fal's response contains no image and no video: try again."
        )
    flags = output.get("has_nsfw_concepts")
    known = [flag is True for flag in flags] if isinstance(flags, list) else []
    blocked = tuple((known + [False] * len(files))[: len(files)])
    if all(blocked):
        raise ProviderError(
            FailureKind.MODERATION, "The model's safety filter blocked the result of this prompt."
        )
    return Result(files, blocked, _whole_number(output.get("seed")))


def find_files(output: dict[str, Any]) -> Iterator[ResultFile]:
    for field in _FIELDS:
        found = output.get(field)
        for entry in found if isinstance(found, list) else [found]:
            fields = entry if isinstance(entry, dict) else {"url": entry}
            url = _text(fields.get("url"))
            if url and _ABSOLUTE.match(url):
                yield ResultFile(
                    # A longer URL is not fal's; the download refuses it, as it refuses other schemes and hosts.
                    url=url[:_LONGEST_URL],
                    content_type=_text(fields.get("content_type")),
                    width=_whole_number(fields.get("width")),
                    height=_whole_number(fields.get("height")),
                    file_name=_text(fields.get("file_name")),
                )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole_number(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
