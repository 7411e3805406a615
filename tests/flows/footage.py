"""Videos as users send them."""

import functools
import io

import av
from av.video.stream import VideoStream
from PIL import Image

SIZE = (640, 360)
_RATE = 12


@functools.cache
def footage(
    seconds: int = 3,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    form: str = "mp4",
    place: str = "",
) -> bytes:
    """Return a silent video; `place` is the position that a camera writes into its metadata."""
    target = io.BytesIO()
    with av.open(target, "w", format=form) as container:
        if place:
            container.metadata["location"] = place
        stream = container.add_stream(codec, rate=_RATE)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(seconds * _RATE):
            shade = 255 * number // (seconds * _RATE)
            image = Image.new("RGB", size, (shade, 96, 160))
            frame: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call] # PyAV leaves it so
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()
