import struct
from pathlib import Path

import av
import pytest
from anyio import Path as AsyncPath

from infra.errors import BadPicture, FailureKind, StorageError
from infra.images.bounds import ClipBounds
from infra.images.clips import can_grow, fit_clip, inspect_clip
from tests.infra.clips import make_clip, make_sound
from tests.infra.pictures import encoded, photo

PLACE = "+55.7558+037.6173/"
# A quarter turn in the header of a track: https://developer.apple.com/documentation/quicktime-file-format
_TURN = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
_MATRIX_AT = 40


def turned(path: Path) -> Path:
    """Write the rotation as a phone does: in the header, with the frames as they are."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + _MATRIX_AT
    content[at : at + len(_TURN)] = _TURN
    path.write_bytes(bytes(content))
    return path


def placed(path: Path) -> Path:
    """Copy a video with the place that a camera writes."""
    marked = path.with_name("placed.mp4")
    with av.open(str(path)) as given, av.open(str(marked), "w", format="mp4") as made:
        made.metadata["location"] = PLACE
        made.metadata["comment"] = "secret"
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return marked


async def test_video_is_measured(tmp_path: Path) -> None:
    """Its frames count: some models charge by them."""
    found = await inspect_clip(make_clip(tmp_path / "a", seconds=2, width=320, height=240))
    assert (found.width, found.height, found.frames, found.codec) == (320, 240, 20, "h264")
    assert found.duration == pytest.approx(2, abs=0.2)


async def test_copy_has_the_streams_and_no_metadata(tmp_path: Path) -> None:
    """Sound stays; the place and the comment of a camera do not reach fal."""
    given = placed(make_clip(tmp_path / "a", seconds=2, width=320, height=240))
    assert b"loci" in given.read_bytes()
    fitted = await fit_clip(given, tmp_path / "b", ClipBounds())
    copy = await AsyncPath(tmp_path / "b").read_bytes()
    assert b"loci" not in copy
    assert b"secret" not in copy
    assert (await inspect_clip(tmp_path / "b")).frames == fitted.frames == 20
    with_sound = make_clip(tmp_path / "c", seconds=2, width=320, height=240, audio=True)
    await fit_clip(with_sound, tmp_path / "d", ClipBounds())
    assert (await inspect_clip(tmp_path / "d")).has_audio


async def test_rotation_of_a_phone_stays(tmp_path: Path) -> None:
    """Otherwise an upright video would be continued lying on its side."""
    given = turned(make_clip(tmp_path / "a", seconds=2, width=320, height=240))
    await fit_clip(given, tmp_path / "b", ClipBounds())
    with av.open(str(given)) as before, av.open(str(tmp_path / "b")) as after:
        first, copied = next(before.decode(video=0)), next(after.decode(video=0))
    assert first.rotation
    assert copied.rotation == first.rotation


async def test_quicktime_becomes_an_mp4(tmp_path: Path) -> None:
    """A phone's MOV has the same streams, and some models take MP4 only."""
    given = make_clip(tmp_path / "a.mov", seconds=2, width=320, height=240, container="mov")
    assert given.read_bytes()[8:12] == b"qt  "
    await fit_clip(given, tmp_path / "b", ClipBounds())
    assert (await AsyncPath(tmp_path / "b").read_bytes())[8:12] == b"isom"


@pytest.mark.parametrize(
    ("bounds", "flaw"),
    [
        (ClipBounds(min_seconds=3), FailureKind.VIDEO_TOO_SHORT),
        (ClipBounds(max_seconds=1), FailureKind.VIDEO_TOO_LONG),
        (ClipBounds(min_side=480), FailureKind.VIDEO_TOO_SMALL),
        (ClipBounds(max_side=120), FailureKind.VIDEO_TOO_LARGE),
        (ClipBounds(ratios=(16 / 9, 9 / 16)), FailureKind.VIDEO_SHAPE),
    ],
)
async def test_limits_of_a_model(tmp_path: Path, bounds: ClipBounds, flaw: FailureKind) -> None:
    """Each is a refusal of its own, before anything is sent."""
    given = make_clip(tmp_path / "a", seconds=2, width=320, height=240)
    with pytest.raises(BadPicture) as caught:
        await fit_clip(given, tmp_path / "b", bounds)
    assert caught.value.kind is flaw


async def test_what_is_no_usable_video_is_refused(tmp_path: Path) -> None:
    """An image, a sound, another codec or container, a damaged file, and one cut in its middle."""
    image, text = tmp_path / "image", tmp_path / "text"
    await AsyncPath(image).write_bytes(encoded(photo((64, 48)), "PNG"))
    await AsyncPath(text).write_bytes(b"no video" * 99)
    odd = [
        (image, FailureKind.VIDEO_UNREADABLE),
        (text, FailureKind.VIDEO_UNREADABLE),
        (make_sound(tmp_path / "sound"), FailureKind.VIDEO_UNREADABLE),
        (make_clip(tmp_path / "b", codec="mpeg4"), FailureKind.VIDEO_FORMAT),
        (make_clip(tmp_path / "c", container="webm", codec="libvpx"), FailureKind.VIDEO_FORMAT),
    ]
    whole = make_clip(tmp_path / "d", seconds=2, width=320, height=240).read_bytes()
    cut = tmp_path / "cut"
    await AsyncPath(cut).write_bytes(whole[: len(whole) // 2])
    odd.append((cut, FailureKind.VIDEO_UNREADABLE))
    for path, flaw in odd:
        with pytest.raises(BadPicture) as caught:
            await inspect_clip(path)
        assert caught.value.kind is flaw, path


async def test_disk_error_does_not_blame_the_video(tmp_path: Path) -> None:
    """The job waits for the disk instead of refusing the user's file."""
    given = make_clip(tmp_path / "a", seconds=2, width=320, height=240)
    with pytest.raises(StorageError):
        await fit_clip(given, tmp_path / "no such folder" / "b", ClipBounds())


def test_upscaled_video_is_at_most_4k() -> None:
    """1080p can be doubled, and not enlarged four times."""
    assert can_grow(1920 * 1080, 2)
    assert not can_grow(1920 * 1080, 4)
