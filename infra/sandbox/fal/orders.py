"""Render requests, independent of the model."""

from dataclasses import dataclass
from enum import Enum, auto

type Size = tuple[int, int]


class Work(Enum):
    """What to do with the sources of an image."""

    PAINT = auto()
    EDIT = auto()
    INPAINT = auto()
    ERASE = auto()
    ENLARGE = auto()
    CUT_OUT = auto()
    EXPAND = auto()


@dataclass(frozen=True)
class Url:
    """An address in the input, and the field that has it, which an error names."""

    field_name: str
    url: str


@dataclass(frozen=True)
class Frame:
    """The wanted picture: exact sides, or a ratio and an area in pixels, each of which may follow the source."""

    exact: Size | None = None
    ratio: float | None = None
    area: float | None = None


@dataclass(frozen=True)
class Margins:
    """Pixels that an expanded image gets on each side, or the size of the whole `canvas`.

    The image itself is resized to `placed`, or reduced by the share `zoom_out` into the middle.
    """

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    canvas: Size | None = None
    placed: Size | None = None
    zoom_out: float = 0


@dataclass(frozen=True)
class PictureOrder:
    """Images to render. With `follows_prompt` the prompt may ask for more of them than `count`."""

    work: Work
    prompt: str
    seed: int | None
    frame: Frame
    count: int
    file_format: str
    sources: tuple[Url, ...] = ()
    mask: Url | None = None
    factor: float = 1
    shorter_side: int | None = None
    margins: Margins = Margins()
    with_mask: bool = False
    mask_only: bool = False
    follows_prompt: bool = False


@dataclass(frozen=True)
class ClipOrder:
    """Video to render: from a prompt, from its first and last frame, or from another video.

    A `video` is extended by `seconds`, or enlarged by `factor` (up to `shorter_side`) when `enlarges` is set.
    `ratio` None follows the source, or is 16:9 without one. `area` is the nominal one in pixels.
    """

    prompt: str
    seed: int | None
    ratio: float | None
    area: int
    seconds: int
    sound: bool
    first: Url | None = None
    last: Url | None = None
    video: Url | None = None
    enlarges: bool = False
    factor: float = 1
    shorter_side: int | None = None


type Order = PictureOrder | ClipOrder
