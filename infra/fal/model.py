"""Description of one of fal's models and its mapping of the bot's options; `models/catalogue` has the data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType

from infra.images.bounds import Bounds, ClipBounds
from infra.images.outpaint import Margins

Value = str | int | bool
#: None: the field is left out.
Spelling = Value | float | Mapping[str, int] | None

#: Telegram's maximum for an album.
MAX_LISTED = 10

#: A size or an aspect: the same as the input image's.
ORIGINAL = "original"


class Work(StrEnum):
    IMAGE = "image"
    IMAGE_EDIT = "image_edit"
    INPAINTING = "inpainting"
    UPSCALE = "upscale"
    VIDEO = "video"
    IMAGE_TO_VIDEO = "image_to_video"
    BACKGROUND_REMOVAL = "background_removal"
    OUTPAINT = "outpaint"
    ERASE = "erase"
    FIRST_LAST_FRAME = "first_last_frame"
    EXTEND_VIDEO = "extend_video"
    VIDEO_UPSCALE = "video_upscale"


#: Work whose result is a video.
VIDEO_WORKS = frozenset(
    {
        *(Work.VIDEO, Work.IMAGE_TO_VIDEO, Work.FIRST_LAST_FRAME),
        *(Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE),
    }
)


class NegativePrompt(StrEnum):
    """How a model supports a negative prompt."""

    UNSUPPORTED = "unsupported"
    FIELD = "field"
    FOLDED = "folded"
    """The model follows instructions, so the negative prompt is appended to the prompt."""


class Unit(StrEnum):
    """What a unit of the price is counted in; UNKNOWN: the units of an order are known only after it."""

    IMAGE = "image"
    MEGAPIXEL = "megapixel"
    SECOND = "second"
    VIDEO = "video"
    TOKEN = "token"  # noqa: S105 - not a secret: a part of a video
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tier:
    """US dollars of a unit for an order with these options."""

    when: Mapping[str, Value]
    dollars: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """fal's unit price, and how many units an order has.

    `dollars` is the unit price that fal reports, None if it is not known. A tier is in units: its dollars divided by
    `base`, the unit price at which the tiers were written. Megapixels are those of the output: `further` is the part of
    a unit for each after the first, `given` for each of the input images, of which at least `given_least` are counted.
    """

    dollars: float | None
    unit: Unit
    per: float = 1
    """How many of `unit` are one unit of fal's: 1000 for "1000 tokens", 60 for "minutes"."""
    base: float = 1
    tiers: tuple[Tier, ...] = ()
    further: float = 1
    given: float = 0
    given_least: int = 0
    date: str | None = None
    name: str | None = None
    """fal's own word for the unit."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """An order `when` it has these options can have `only` these values of others."""

    when: Mapping[str, Value]
    only: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The model's field for one of the bot's options, and the model's values by the bot's values."""

    name: str
    values: Mapping[Value, Spelling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An endpoint with its options; the bot offers no others for it."""

    endpoint: str
    title: str
    work: Work
    also: frozenset[Work] = frozenset()
    """Other works that the endpoint does as well."""
    price: Price
    status: str = "active"
    options: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    """The bot's option (`size`, `count`, `strength`, `duration`, `aspect`, `audio`, …) -> the model's."""
    defaults: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """The value that an option has at fal if it is not sent."""
    sent: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """The value that is sent for an option that the order leaves open."""
    restrictions: tuple[Restriction, ...] = ()
    """What the model refuses although its schema has each of the values."""
    negative_prompt: NegativePrompt = NegativePrompt.UNSUPPORTED
    max_seed: int | None = None
    """None: the model takes no seed."""
    takes_prompt: bool = True
    min_prompt: int = 1
    max_prompt: int = 4000
    """Characters, including the style and a folded negative prompt."""
    english_only: bool = False
    """The model understands prompts in English only."""
    image_field: str | None = None
    image_is_list: bool = False
    max_images: int = MAX_LISTED
    """Maximum number of input images, if the field is a list."""
    mask_field: str | None = None
    needs_mask: bool = False
    end_image_field: str | None = None
    """The field of a video's last frame."""
    needs_end_image: bool = False
    video_field: str | None = None
    max_margin: int = 0
    """How many pixels the model adds on a side at most: `expand_top`, `expand_left`, …; 0: it adds none."""
    bounds: Bounds = Bounds()  # noqa: RUF009 - frozen, so it can be shared
    """Limits of an input image."""
    clip_bounds: ClipBounds = ClipBounds()  # noqa: RUF009 - frozen, so it can be shared
    """Limits of an input video."""
    extras: Mapping[str, Spelling] = field(default_factory=lambda: MappingProxyType({}))
    """Sent with every request."""

    @property
    def works(self) -> frozenset[Work]:
        return self.also | {self.work}

    @property
    def max_pictures(self) -> int:
        """Maximum number of input images; a video counts as one."""
        if self.video_field or (self.image_field and not self.image_is_list):
            return self.min_pictures
        return min(self.max_images, MAX_LISTED) if self.image_field else 0

    @property
    def min_pictures(self) -> int:
        return 2 if self.needs_end_image else 1

    def choices(self, option: str) -> tuple[Value, ...]:
        """Return the supported values of an option; empty: the option is not supported."""
        choice = self.options.get(option)
        return tuple(choice.values) if choice else ()

    def combines(self, options: Mapping[str, object]) -> bool:
        """Tell whether the values of these options go together."""
        if not self.restrictions:
            return True
        chosen = {**self.defaults, **self.sent, **options}
        return all(
            chosen.get(name) in values
            for restriction in self.restrictions
            if restriction.when.items() <= chosen.items()
            for name, values in restriction.only.items()
        )

    def supports(self, option: str) -> bool:
        """Return whether the option has any effect on this model."""
        if option == "negative_prompt":
            return self.negative_prompt is not NegativePrompt.UNSUPPORTED
        if option == "seed":
            return self.max_seed is not None
        return bool(self.choices(option))

    def arguments(self, prompt: str, **options: object) -> dict[str, object]:
        """Build the request for a prompt and options; None means that an option is not set.

        Raises ValueError that lists the possible values for an unsupported one. `image_arguments` adds images.
        """
        told = {name: value for name, value in options.items() if value is not None}
        chosen = {**self.sent, **told}
        negative = chosen.pop("negative_prompt", None)
        seed = chosen.pop("seed", None)
        arguments = {**self.extras, **self._prompt_arguments(prompt, negative)}
        if seed is not None:
            if self.max_seed is None:
                raise ValueError(f"{self.endpoint} takes no seed")
            if (
                not isinstance(seed, int)
                or isinstance(seed, bool)
                or not 0 <= seed <= self.max_seed
            ):
                raise ValueError(f"seed must be a whole number from 0 to {self.max_seed}")
            arguments["seed"] = seed
        for option, value in chosen.items():
            name, theirs = self._translate(option, value)
            if theirs is not None:
                arguments[name] = theirs
        if not self.combines(chosen):
            raise ValueError(f"{self.endpoint} cannot combine these options: {chosen}")
        return arguments

    def image_arguments(self, *image_urls: str, mask_url: str | None = None) -> dict[str, object]:
        """Build the fields for input images, the last frame second, and, if the model needs one, the mask."""
        self.check_pictures(len(image_urls), with_mask=mask_url is not None)
        pictures = list(image_urls) if self.image_is_list else image_urls[0]
        fields = {self.image_field: pictures, self.mask_field: mask_url}
        if self.needs_end_image:
            fields[self.end_image_field] = image_urls[1]
        return {name: value for name, value in fields.items() if name and value}

    def video_arguments(self, video_url: str) -> dict[str, object]:
        """Build the field for an input video. Raises ValueError if the model takes none."""
        if not self.video_field:
            raise ValueError(f"{self.endpoint} takes no video")
        return {self.video_field: video_url}

    def margin_arguments(self, margins: Margins) -> dict[str, object]:
        """Build the fields for the pixels to add on each side. Raises ValueError for more than the model adds."""
        if margins.widest > self.max_margin:
            raise ValueError(f"{self.endpoint} adds up to {self.max_margin} pixels on a side")
        return {f"expand_{side}": pixels for side, pixels in asdict(margins).items()}

    def check_pictures(self, count: int, *, with_mask: bool) -> None:
        """Raises ValueError for too many or too few images, and for a missing or unsupported mask."""
        if not self.max_pictures:
            raise ValueError(f"{self.endpoint} takes no image")
        if not self.min_pictures <= count <= self.max_pictures:
            raise ValueError(
                f"{self.endpoint} takes {self.min_pictures} to {self.max_pictures} images,"
                f" not {count}"
            )
        if with_mask and not self.mask_field:
            raise ValueError(f"{self.endpoint} takes no mask: choose an inpainting model")
        if self.needs_mask and not with_mask:
            raise ValueError(f"{self.endpoint} needs a mask of what to repaint")

    def _prompt_arguments(self, prompt: str, negative: object) -> dict[str, object]:
        if negative is not None and not isinstance(negative, str):
            raise ValueError("negative_prompt must be text")
        if negative and not self.supports("negative_prompt"):
            raise ValueError(f"{self.endpoint} takes no negative_prompt")
        if negative and self.negative_prompt is NegativePrompt.FOLDED:
            prompt = f"{prompt}\n\nAvoid: {negative}"
        if self.takes_prompt and not prompt.strip():
            raise ValueError("the prompt is empty")
        if self.takes_prompt and len(prompt) < self.min_prompt:
            raise ValueError(
                f"the prompt has {len(prompt)} characters; {self.endpoint} needs {self.min_prompt}"
            )
        if len(prompt) > self.max_prompt:
            raise ValueError(
                f"the prompt has {len(prompt)} characters; {self.endpoint} takes {self.max_prompt}"
            )
        arguments: dict[str, object] = {"prompt": prompt} if self.takes_prompt else {}
        if negative and self.negative_prompt is NegativePrompt.FIELD:
            arguments["negative_prompt"] = negative
        return arguments

    def _translate(self, option: str, value: object) -> tuple[str, Spelling]:
        choice = self.options.get(option)
        if choice is None:
            known = ", ".join(self.options) or "none"
            raise ValueError(f"{self.endpoint} has no option {option}; it has: {known}")
        # Compared including the type, because True == 1 and 1.0 == 1.
        for ours, theirs in choice.values.items():
            if type(ours) is type(value) and ours == value:
                return choice.name, theirs
        possible = ", ".join(map(str, choice.values))
        raise ValueError(f"{self.endpoint} has no {option} {value!r}; possible: {possible}")
