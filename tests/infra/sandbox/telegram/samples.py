import io
from fractions import Fraction

import av
from PIL import Image

FRAMES_PER_SECOND = 5


def picture(width: int, height: int, file_format: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (180, 60, 40)).save(out, file_format)
    return out.getvalue()


def clip(width: int, height: int, seconds: int) -> bytes:
    """Return a silent MP4 (H.264)."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, FRAMES_PER_SECOND)
        for _ in range(seconds * FRAMES_PER_SECOND):
            frame = av.VideoFrame(width, height, "yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()
