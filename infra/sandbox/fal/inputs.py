"""Input images and videos: download, decoding, and rejection as by fal."""

import asyncio
import base64
import binascii
import io
from urllib.parse import unquote_to_bytes

import httpx
from PIL import Image, ImageOps

from infra.sandbox.fal.addresses import is_web_address
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.errors import input_failure
from infra.sandbox.fal.limits import ClipLimits, SourceLimits
from infra.sandbox.fal.orders import Url
from infra.sandbox.fal.records import Record
from infra.sandbox.fal.rendering import clip
from infra.sandbox.fal.rendering.clip import Footage

_USUAL = SourceLimits()
_MOST_READ = 50 * 1024 * 1024
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_MAX_PIXELS = 40_000_000
_RATIO_SLACK = 0.04
_TIMEOUT = httpx.Timeout(10)


class Inputs:
    def __init__(self, cdn: Cdn, http: httpx.AsyncClient) -> None:
        self._cdn = cdn
        self._http = http

    async def picture(
        self, record: Record, source: Url, limits: SourceLimits = _USUAL
    ) -> Image.Image:
        field_name = source.field_name
        content = await self.read(record, source)
        if len(content) > limits.max_bytes:
            raise input_failure(
                "file_too_large",
                "File size exceeds the maximum allowed",
                field_name,
                {"max_size": limits.max_bytes},
            )
        picture = await asyncio.to_thread(_decode, content, field_name)
        _check_sides(picture, field_name, limits)
        return picture

    async def video(self, record: Record, source: Url, limits: ClipLimits) -> Footage:
        content = await self.read(record, source)
        try:
            footage = await asyncio.to_thread(clip.read, content)
        except ValueError:
            raise input_failure(
                "video_load_error", "Failed to load the video.", source.field_name
            ) from None
        _check_footage(footage, source.field_name, limits)
        return footage

    async def read(self, record: Record, source: Url) -> bytes:
        """Download or decode a file of the input."""
        url = source.url
        try:
            if url.startswith("data:"):
                return _from_data_uri(url)
            own = f"{record.origin}/files/"
            if url.startswith(own):
                return self._own(url.removeprefix(own))
            return await self._download(url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, binascii.Error):
            raise input_failure(
                "file_download_error", "Failed to download the file.", source.field_name
            ) from None

    def _own(self, name: str) -> bytes:
        if not self._cdn.exists(name):
            raise FileNotFoundError(name)
        return self._cdn.path(name).read_bytes()

    async def _download(self, url: str) -> bytes:
        if not is_web_address(url):
            raise ValueError("not an address")
        content = bytearray()
        async with self._http.stream("GET", url, timeout=_TIMEOUT, follow_redirects=True) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > _MOST_READ:
                    break
        return bytes(content)


def _from_data_uri(uri: str) -> bytes:
    header, _, data = uri.partition(",")
    raw = unquote_to_bytes(data)
    return base64.b64decode(raw, validate=True) if header.endswith(";base64") else raw


def _decode(content: bytes, field_name: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
        if picture.width * picture.height <= _MAX_PIXELS:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise input_failure("image_load_error", "Failed to load the image.", field_name) from None
    limit = {"max_height": 8000, "max_width": 8000}
    raise input_failure("image_too_large", "Image dimensions are too large.", field_name, limit)


def _check_footage(footage: Footage, field_name: str, limits: ClipLimits) -> None:
    if not limits.min_seconds <= round(footage.seconds, 1) <= limits.max_seconds:
        allowed = {"min_duration": limits.min_seconds, "max_duration": limits.max_seconds}
        raise input_failure(
            "video_duration_error", "Video duration is out of range.", field_name, allowed
        )
    width, height = footage.size
    ratio = max(width, height) / min(width, height)
    is_off = limits.ratio and abs(ratio / limits.ratio - 1) > _RATIO_SLACK
    if is_off or not limits.min_side <= min(width, height) <= limits.max_side:
        raise input_failure("value_error", "Video dimensions are not supported.", field_name)
    if limits.mp4_only and not footage.is_mp4:
        raise input_failure("unsupported_file_format", "Video must be an MP4.", field_name)


def _check_sides(picture: Image.Image, field_name: str, limits: SourceLimits) -> None:
    shorter, longer = sorted(picture.size)
    if shorter < limits.min_side:
        least = {"min_height": limits.min_side, "min_width": limits.min_side}
        raise input_failure("image_too_small", "Image dimensions are too small.", field_name, least)
    if longer > limits.max_side:
        most = {"max_height": limits.max_side, "max_width": limits.max_side}
        raise input_failure("image_too_large", "Image dimensions are too large.", field_name, most)
    if longer > shorter * limits.max_ratio:
        raise input_failure("value_error", "Image aspect ratio is out of range.", field_name)
