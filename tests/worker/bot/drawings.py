"""Pictures to send."""

import io

from PIL import Image


def drawing(colour: str = "red", form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, form)
    return target.getvalue()
