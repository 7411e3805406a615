"""Colour profiles, written by hand: https://www.color.org/specification/ICC.1-2022-05.pdf."""

import struct

_GAMMA = 2.2
# Primaries of Apple's Display P3 and of Adobe RGB, adapted to D50.
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def rgb_profile(primaries: tuple[tuple[float, float, float], ...]) -> bytes:
    """Return a display or camera profile with a gamma of 2.2."""
    curve = b"curv" + struct.pack(">4xIH2x", 1, int(_GAMMA * 256))
    tags = {b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    for letter, primary in zip(b"rgb", primaries, strict=True):
        tags[bytes([letter]) + b"XYZ"] = _xyz(*primary)
        tags[bytes([letter]) + b"TRC"] = curve
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_press_profile() -> bytes:
    """Return a press profile that prints grey with any of its inks, and black with all of them."""
    white, grey, black = (bytes([level, 128, 128]) for level in (255, 128, 0))
    table = white + 14 * grey + black
    identity = bytes(range(256))
    matrix = struct.pack(
        ">9i", *(65536 if row == column else 0 for row in range(3) for column in range(3))
    )
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + 4 * identity + table + 3 * identity
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"A2B0": lut})


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in (x, y, z)))


def _profile(device: bytes, colours: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    described = b"desc" + struct.pack(">4xI", 5) + b"test\0" + bytes(78)
    tags = {b"desc": described, b"cprt": b"text" + bytes(8), **tags}
    position = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        table += struct.pack(">4sII", name, position + len(content), len(tag))
        content += padded
    white = struct.pack(">3i", 63190, 65536, 54061)
    head = struct.pack(
        ">4x4sI4s4s4s12x4s28x", bytes(4), 0x02200000, device, colours, connection, b"acsp"
    )
    head = (head + white).ljust(128, b"\0")
    whole = head + table + content
    return struct.pack(">I", len(whole)) + whole[4:]
