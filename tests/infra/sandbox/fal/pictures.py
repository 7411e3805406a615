import base64
import io

from PIL import Image


def encoded(picture: Image.Image) -> bytes:
    """Encode as PNG: every pixel is preserved."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(picture: Image.Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(encoded(picture)).decode()}"
