"""A user's video for a model: inspected without decoding all of it, within the model's limits, without metadata."""

import math
from pathlib import Path

import av

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.images.bounds import MAX_CLIP_PIXELS, ClipBounds
from infra.images.decode import decode
from infra.images.file_format import MP4, sniff_file
from infra.images.inspect import CLIP_COST, ORDINARY_CLIP, Clip, inspect
from infra.storage.disk_errors import is_disk_error, own_files

_CODECS = frozenset({"h264", "hevc", "av1"})
_FASTSTART = {"movflags": "faststart"}


def can_grow(pixels: int, scale: int) -> bool:
    """Tell whether a video that is enlarged by this factor is at most 4K."""
    return pixels * scale**2 <= MAX_CLIP_PIXELS


async def inspect_clip(path: Path) -> Clip:
    """Decode a frame of a user's video. Raises BadPicture for what no model takes."""
    try:
        found = await inspect(path, max_pixels=ORDINARY_CLIP, max_seconds=math.inf)
    except BrokenResult as error:
        is_large = error.flaw is FailureKind.PICTURE_TOO_LARGE
        flaw = FailureKind.VIDEO_TOO_LARGE if is_large else FailureKind.VIDEO_UNREADABLE
        raise BadPicture(flaw, error.detail) from error
    if not isinstance(found, Clip):
        raise BadPicture(FailureKind.VIDEO_UNREADABLE, "This is an image, and a video is needed.")
    if found.format != MP4 or found.codec not in _CODECS:
        raise BadPicture(
            FailureKind.VIDEO_FORMAT, f"Videos are MP4 with H.264 or H.265; this is {found.codec}."
        )
    return found


async def fit_clip(source: Path, target: Path, bounds: ClipBounds) -> Clip:
    """Write the video to `target` without its metadata, its streams unchanged. Raises BadPicture."""
    found = await inspect_clip(source)
    if flaw := bounds.flaw(found.width, found.height, found.duration):
        raise BadPicture(
            flaw, f"The video is {found.width} × {found.height}, {found.duration:.1f} s."
        )
    with own_files():
        try:
            await decode(CLIP_COST, _copy_streams, source, target)
        except (av.FFmpegError, ValueError) as error:
            if is_disk_error(error):
                raise
            raise BadPicture(
                FailureKind.VIDEO_UNREADABLE,
                f"The video cannot be read to its end ({type(error).__name__}).",
            ) from error
    return found


def _copy_streams(source: Path, target: Path) -> None:
    """Copy the first video and the first sound, packet by packet: a camera's place and time stay behind."""
    with (
        av.open(str(source), "r", format=sniff_file(source)) as given,
        av.open(str(target), "w", format=MP4, options=_FASTSTART) as made,
    ):
        chosen = [*given.streams.video[:1], *given.streams.audio[:1]]
        copies = {stream.index: made.add_stream_from_template(stream) for stream in chosen}
        for copy in copies.values():
            copy.metadata.clear()
        for packet in given.demux(chosen):
            if packet.dts is None:
                continue  # the end of the stream
            packet.stream = copies[packet.stream.index]
            made.mux(packet)
