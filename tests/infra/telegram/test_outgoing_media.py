from dataclasses import replace

import pytest
from aiogram.types import InputMediaDocument, InputMediaPhoto, InputMediaVideo

from infra.telegram.outgoing_media import Media, Shape


def media(
    content_type: str = "image/png", size: int = 1000, width: int = 64, height: int = 48
) -> Media:
    return Media("file-id", content_type, size, width, height, duration=2.4)


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        (media(), Shape.PHOTO),
        (media(size=10_000_000), Shape.PHOTO),
        (media(size=10_000_001), Shape.DOCUMENT),
        (media(width=6000, height=4000), Shape.PHOTO),
        (media(width=6000, height=4001), Shape.DOCUMENT),
        (media(width=2000, height=100), Shape.PHOTO),
        (media(width=100, height=2001), Shape.DOCUMENT),
        (media("image/gif"), Shape.DOCUMENT),
        (media("video/mp4", size=50_000_000), Shape.VIDEO),
        (media("video/webm"), Shape.DOCUMENT),
        (media("video/mp4", size=50_000_001), Shape.LINK),
        (media(size=50_000_001), Shape.LINK),
        (replace(media(), transparent=True), Shape.DOCUMENT),
    ],
    ids=str,
)
def test_form_of_a_file_follows_telegrams_limits(file: Media, shape: Shape) -> None:
    """Bytes, sides, their ratio, and what Telegram plays; the rest is sent unchanged, or as a link."""
    assert file.shape is shape


def test_replacement_keeps_the_files_kind() -> None:
    """An edited message may change its kind of media."""
    assert isinstance(media().as_input("an apple"), InputMediaPhoto)
    shown = media("video/mp4").as_input()
    assert isinstance(shown, InputMediaVideo)
    assert (shown.duration, shown.supports_streaming) == (2, True)
    assert isinstance(media().as_input(as_document=True), InputMediaDocument)
