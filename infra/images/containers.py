"""Verification of an image by its container, without decoding its pixels.

What is proven: the size, the end, and that nothing is missing in between; of a PNG also every checksum and the first
rows. What is not: pixels. A PNG with valid checksums around data that stops making sense after the first rows, and
changed bytes between the markers of a JPEG or within a WebP, are not noticed here. A decoder does not notice most of
the latter either. Telegram refuses such a photo, and it is sent as a document.

Whatever is unusual gets no verdict: transparency, a rotation, animations, interlacing, trailing bytes, errors. Then
only decoding can tell.

PNG: https://www.w3.org/TR/png-3/; JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf; WebP:
https://developers.google.com/speed/webp/docs/riff_container
"""

import re
import struct
import zlib
from collections.abc import Callable, Sequence

from infra.images import webp
from infra.images.reader import MAX_SCANS, Header

# Bytes of rows that are unpacked, to see that they are rows of this image.
_PROBE = 64 * 1024
# Deflate packs at most this many bytes into one.
_MAX_DEFLATE = 1032
# Bytes that a colour profile may have when it is unpacked; Pillow's limit.
_MAX_PROFILE = 1024 * 1024
_MAX_FILTER = 4
#: Bits of a pixel by colour type, for each bit depth: https://www.w3.org/TR/png-3/#11IHDR
_GREY, _RGB, _INDEXED = 0, 2, 3
_PNG_BITS = {
    _GREY: {depth: depth for depth in (1, 2, 4, 8, 16)},
    _RGB: {8: 24, 16: 48},
    _INDEXED: {depth: depth for depth in (1, 2, 4, 8)},
}
# Chunks that neither pack anything nor change how the image is shown.
_PLAIN_CHUNKS = frozenset(
    {b"PLTE", b"tEXt", b"tIME", b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"hIST"}
    | {b"cICP", b"mDCV", b"cLLI", b"caBX", b"sPLT"}
)
# What may say that an image is shown turned: a tag of EXIF in either byte order, and one of XMP.
_TURN = re.compile(rb"\x01\x12\x00|\x12\x01\x03|Orientation")

_SOF, _DHT, _EOI, _SOS, _DQT, _DRI, _COM, _EXIF = 0xC0, 0xC4, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE, 0xE1
# Baseline, extended and progressive.
_FRAMES = range(_SOF, _SOF + 3)
_SEGMENTS = frozenset({_DHT, _DQT, _DRI, _COM, *range(0xE0, 0xF0)})
# A marker that ends a scan: neither a stuffed byte, nor a restart, nor a fill byte.
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# A scan has at least a bit for each block of 8 × 8 pixels.
_PIXELS_A_BYTE = 8 * 8 * 8

_WEBP_FLAGS_TO_DECODE = 0x10 | 0x08 | 0x04 | 0x02  # alpha, EXIF, XMP, animation
_VP8_START = b"\x9d\x01\x2a"


def verify(content: bytes, form: str) -> Header | None:
    """Return the header of an image that is complete, opaque and upright; None if only decoding can tell."""
    walk = _WALKS.get(form)
    try:
        return walk(content) if walk else None
    except (struct.error, ValueError, IndexError, SyntaxError, zlib.error):
        return None


def _verify_png(content: bytes) -> Header | None:
    width, height, depth, colour, *methods = struct.unpack_from(">IIBBBBB", content, 16)
    bits = _PNG_BITS.get(colour, {}).get(depth)
    if bits is None or any(methods):
        return None
    chunks = _png_chunks(content)
    names = [name for name, _ in chunks]
    first, number = names.index(b"IDAT"), names.count(b"IDAT")
    data, others = chunks[first : first + number], chunks[1:first] + chunks[first + number : -1]
    is_ordered = names[0] == b"IHDR" and {name for name, _ in data} == {b"IDAT"}
    has_colours = colour != _INDEXED or b"PLTE" in names[:first]
    is_plain = all(_is_plain_chunk(name, bytes(chunk)) for name, chunk in others)
    row = (width * bits + 7) // 8 + 1
    is_whole = is_ordered and has_colours and is_plain and _are_rows(data, row, row * height)
    return Header("png", width, height) if is_whole else None


def _png_chunks(content: bytes) -> list[tuple[bytes, memoryview]]:
    """Return all chunks up to IEND, which ends the file. Raises ValueError for a wrong checksum."""
    chunks, view, at, name = [], memoryview(content), 8, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        if zlib.crc32(view[at + 4 : end]) != struct.unpack_from(">I", content, end)[0]:
            raise ValueError("wrong checksum")
        chunks.append((name, view[at + 8 : end]))
        at = end + 4
    if at != len(content):
        raise ValueError("trailing bytes")
    return chunks


def _are_rows(data: Sequence[tuple[bytes, memoryview]], row: int, whole: int) -> bool:
    """Unpack the first rows: each begins with its filter. The packed data must be enough for all of them."""
    unpack, rows = zlib.decompressobj(), b""
    for _, chunk in data:
        rows += unpack.decompress(chunk[: 2 * _PROBE], _PROBE - len(rows))
        if len(rows) >= min(_PROBE, whole):
            break
    is_enough = sum(len(chunk) for _, chunk in data) * _MAX_DEFLATE >= whole
    has_end = whole >= _PROBE or unpack.eof
    filters = rows[::row]
    return is_enough and has_end and len(rows) == min(_PROBE, whole) and max(filters) <= _MAX_FILTER


def _is_plain_chunk(name: bytes, chunk: bytes) -> bool:
    match name:
        case b"iCCP":
            return _is_small_profile(chunk)
        case b"iTXt":
            return _is_plain_text(chunk)
        case _:
            return name in _PLAIN_CHUNKS


def _is_small_profile(chunk: bytes) -> bool:
    packed = chunk[chunk.index(b"\0") + 2 :]
    unpack = zlib.decompressobj()
    unpack.decompress(packed, _MAX_PROFILE)
    return unpack.eof


def _is_plain_text(chunk: bytes) -> bool:
    return chunk[chunk.index(b"\0") + 1] == 0 and not _TURN.search(chunk)


def _verify_jpeg(content: bytes) -> Header | None:
    at, scans, scanned, size = 2, 0, 0, (0, 0)
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == _EOI:
            is_enough = scanned * _PIXELS_A_BYTE >= size[0] * size[1] > 0
            is_whole = at + 2 == len(content) and 0 < scans <= MAX_SCANS and is_enough
            return Header("jpeg", *size) if is_whole else None
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in _FRAMES and size == (0, 0):
            depth, height, width, components = struct.unpack_from(">BHHB", segment)
            if depth != 8 or components not in {1, 3} or len(segment) != 6 + 3 * components:
                return None
            size = width, height
        elif marker == _SOS and size != (0, 0):
            scans += 1
            found = _SCAN_END.search(content, at)
            if found is None:
                return None
            scanned += found.start() - at
            at = found.start()
        elif marker not in _SEGMENTS or (marker == _EXIF and _TURN.search(segment)):
            return None
    return None


def _verify_webp(content: bytes) -> Header | None:
    """Of one image: of chunks without it, only a colour profile is usual."""
    if struct.unpack_from("<I", content, 4)[0] + 8 != len(content):
        return None
    width, height, is_transparent = webp.parse_head(content[:30])
    at, images = 12, 0
    while at < len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at + 8 : at + 8 + length]
        if len(chunk) != length:
            return None
        match name:
            case b"VP8X" if at == 12 and not chunk[0] & _WEBP_FLAGS_TO_DECODE:
                pass
            case b"ICCP" if not images:
                pass
            case b"VP8 " if _is_key_frame(chunk, width, height):
                images += 1
            case b"VP8L" if (
                chunk[0] == 0x2F and chunk[4] < 0x10 and _lossless_size(chunk) == (width, height)
            ):
                images += 1
            case _:
                return None
        at += 8 + length + length % 2
    is_whole = images == 1 and at == len(content) and not is_transparent
    return Header("webp", width, height) if is_whole else None


def _is_key_frame(frame: bytes, width: int, height: int) -> bool:
    """https://www.rfc-editor.org/rfc/rfc6386#section-9.1."""
    tag = int.from_bytes(frame[:3], "little")
    sides = (side & 0x3FFF for side in struct.unpack_from("<HH", frame, 6))
    return (
        not tag & 1
        and frame[3:6] == _VP8_START
        and 10 + (tag >> 5) < len(frame)
        and tuple(sides) == (width, height)
    )


def _lossless_size(image: bytes) -> tuple[int, int]:
    (bits,) = struct.unpack_from("<I", image, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_WALKS: dict[str, Callable[[bytes], Header | None]] = {
    "png": _verify_png,
    "jpeg": _verify_jpeg,
    "webp": _verify_webp,
}
