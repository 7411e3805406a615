"""Images to send."""

import io

from aiogram.types import Message as TelegramMessage
from PIL import Image

from tests.message import Message
from worker.bot.uploads.pictures import picture_of
from worker.model import Picture

#: Large enough for every model.
SIZE = (480, 320)


def drawing(colour: str = "red", form: str = "PNG", size: tuple[int, int] = SIZE) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, form)
    return target.getvalue()


def with_hole(size: tuple[int, int] = SIZE, form: str = "PNG") -> bytes:
    """Return a file with a transparent area in its middle."""
    image = Image.new("RGBA", size, "red")
    image.paste((0, 0, 0, 0), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    target = io.BytesIO()
    image.save(target, form)
    return target.getvalue()


def opaque_with_alpha() -> bytes:
    """Return a file with an alpha channel and no transparent pixel."""
    target = io.BytesIO()
    Image.new("RGBA", SIZE, "red").save(target, "PNG")
    return target.getvalue()


def brought(message: Message, size: tuple[int, int] = SIZE) -> Picture:
    """Return a message's image, with the measured size of a file."""
    found = picture_of(TelegramMessage.model_validate(message))
    assert isinstance(found, Picture)
    return found.sized(*size)


def with_transparent_border(size: tuple[int, int] = SIZE, width: int = 40) -> bytes:
    """Return a file with transparency only at the border, as a shadow or rounded corners have."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste("red", (width, width, size[0] - width, size[1] - width))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
