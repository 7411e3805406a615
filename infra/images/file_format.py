"""The format of an image or a video file, by its first bytes, never by its name or type.

What cannot be read gets an error that says so: HEIC, AVIF, raw formats, TIFF, drawings, Matroska.
"""

from pathlib import Path

from infra.errors import BrokenResult, FailureKind

MP4, WEBM = "mp4", "webm"
CLIPS = frozenset({MP4, WEBM})
#: Bytes at the beginning of a file that determine its format.
HEAD_BYTES = 64

_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}
_EBML = b"\x1aE\xdf\xa3"
# Brands of ISO media files that are images: HEIC, AVIF, and cameras' raw formats.
_PICTURE_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"miaf"}
    | {b"avif", b"avis", b"crx "}
)
# TIFF (and the raw formats that are TIFF), Photoshop, icons, JPEG 2000, JPEG XL.
_FOREIGN_PICTURES = (
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIU\0", b"IIRO", b"8BPS", b"\0\0\1\0"),
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"\0\0\0\x0cJXL ", b"\xff\x0a"),
)
# A byte order mark and white space may precede an SVG's first tag.
_BEFORE_MARKUP = b"\xef\xbb\xbf \t\r\n"
_DRAWINGS = (b"<svg", b"<?xml", b"<!DOCTYPE svg")


def sniff(head: bytes) -> str:
    """Detect the format, in lower case. Raises BrokenResult for an unsupported one."""
    if not head:
        raise BrokenResult("The file is empty.")
    for magic, form in _PICTURES.items():
        if head.startswith(magic):
            return form
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    # An ISO media file has the name of its first box at byte 4, and its brand after that.
    if head[4:8] == b"ftyp" and head[8:12] not in _PICTURE_BRANDS:
        return MP4
    if head.startswith(_EBML):
        if b"webm" not in head:
            raise BrokenResult("Videos are MP4 or WebM; this is Matroska.")
        return WEBM
    is_bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    is_drawing = head.lstrip(_BEFORE_MARKUP).startswith(_DRAWINGS)
    if head[4:8] == b"ftyp" or head.startswith(_FOREIGN_PICTURES) or is_bitmap or is_drawing:
        raise BrokenResult(
            "Images of this format cannot be read: use JPEG, PNG or WebP.",
            FailureKind.PICTURE_FORMAT,
        )
    raise BrokenResult("The file cannot be decoded: it is not an image or a video.")


def sniff_file(path: Path) -> str:
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))
