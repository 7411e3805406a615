"""Kinds of work and their options, for the models that the operator offers."""

from collections.abc import Mapping

from infra.fal.model import Model, Value, Work
from infra.fal.models.catalogue import MODELS
from infra.fal.styles import STYLES
from infra.images import clips
from infra.images.reader import MAX_PIXELS
from infra.settings import Settings
from worker.bot.options.model_names import matching
from worker.bot.options.offers import ModelLists, OffersByWork, default_offers
from worker.model import Options
from worker.users.roles import Role
from worker.users.store import User


def can_grow(pixels: int, scale: int) -> bool:
    """Tell whether a picture enlarged by this factor stays within the pixel limit."""
    return pixels * scale**2 <= MAX_PIXELS


#: The first two models of images, by the names that earlier releases stored and that users may still write.
QUALITIES = ("standard", "premium")
#: Options that choose the model or the prompt; fal gets no field for them.
CHOOSE_MODEL = frozenset({"model", "quality"})
MAX_NEGATIVE_PROMPT = 500
# Characters that a style and a negative prompt may add to a prompt.
_ADDITIONS = 1000
#: Work that needs a prompt only.
FROM_WORDS = (Work.IMAGE, Work.VIDEO)
#: Work that starts from an image, in the order of its buttons.
FROM_PICTURE = (
    *(Work.IMAGE_EDIT, Work.IMAGE_TO_VIDEO, Work.INPAINTING, Work.UPSCALE),
    *(Work.BACKGROUND_REMOVAL, Work.OUTPAINT, Work.ERASE, Work.FIRST_LAST_FRAME),
)
#: Work that starts from a video.
FROM_VIDEO = (Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE)
#: Work whose buttons are behind one that opens them all.
RARE = frozenset(FROM_PICTURE[4:])
#: The same work from an image.
WITH_PICTURE = {Work.IMAGE: Work.IMAGE_EDIT, Work.VIDEO: Work.IMAGE_TO_VIDEO}

_OPTIONS = {
    Work.IMAGE: ("size", "resolution", "detail", "count"),
    Work.IMAGE_EDIT: ("size", "resolution", "detail", "count"),
    Work.INPAINTING: ("resolution", "detail", "count"),
    Work.UPSCALE: ("scale",),
    Work.VIDEO: ("duration", "aspect", "resolution", "audio"),
    Work.IMAGE_TO_VIDEO: ("duration", "aspect", "resolution", "audio"),
    Work.BACKGROUND_REMOVAL: (),
    Work.OUTPAINT: ("size",),
    Work.ERASE: (),
    Work.FIRST_LAST_FRAME: ("duration", "aspect", "resolution", "audio"),
    Work.EXTEND_VIDEO: ("duration", "aspect", "audio"),
    Work.VIDEO_UPSCALE: ("scale",),
}
_CAN_GROW = {Work.UPSCALE: can_grow, Work.VIDEO_UPSCALE: clips.can_grow}
# Seconds: nobody wants a video of one second unless they say so, and longer ones cost more.
_SHORTEST_DEFAULT = 4
#: Work that the bot offers.
OFFERED = tuple(_OPTIONS)
# Four images that keep a quarter of the original.
_VARIATION: Options = {"count": 4, "strength": 75}


class OptionCatalog:
    """The options of each kind of work, without those that its model lacks; the first value is the default.

    The option `model` is the endpoint of one of the offered models. `own` is the model of one order, which need not be
    offered. `seen_by` returns the catalog of one user; without it, every offered model can be chosen.

    Raises ValueError, naming the setting, for a model that is not in the catalogue, or does other work.
    """

    def __init__(self, settings: Settings, lists: ModelLists | None = None) -> None:
        self._settings = settings
        self._variation = settings.fal_variation_model
        self.lists = lists or _checked_lists(settings)
        #: Dollars that an order counts whose price is not known.
        self.unknown_price = settings.fal_unknown_price
        #: Whether a language model helps with prompts.
        self.has_helper = settings.text_model is not None

    def seen_by(self, user: User, role: Role, changed: OffersByWork) -> "OptionCatalog":
        """Return the catalog with the models that this user may choose; `changed` are the lists of an admin."""
        preferred = {
            work: str(options["model"])
            for work, options in user.preferred.items()
            if "model" in options
        }
        return OptionCatalog(self._settings, self.lists.seen_by(role, preferred, changed))

    def models(self, work: Work) -> tuple[Model, ...]:
        """Return the models that can be chosen, the default first."""
        # Looked up each time, because the facts about a model can change while the process runs.
        return self.lists.models(work)

    def model(self, work: Work, options: Options, own: Model | None = None) -> Model:
        if own:
            return own
        offered = self.models(work)
        wanted = self._wanted(work, options)
        return next((model for model in offered if model.endpoint == wanted), offered[0])

    def _wanted(self, work: Work, options: Options) -> str | None:
        """Return the endpoint that these options ask for."""
        if "model" in options:
            return str(options["model"])
        if work is Work.IMAGE and options.get("quality") in QUALITIES:
            offered = self.models(work)
            return offered[: QUALITIES.index(str(options["quality"])) + 1][-1].endpoint
        return self.lists.preferred.get(work)

    def missing(self, work: Work, options: Options) -> str:
        """Return the endpoint that these options ask for if it cannot be chosen (any more), else an empty text."""
        wanted = str(options.get("model", ""))
        return "" if wanted in {model.endpoint for model in self.models(work)} else wanted

    def understood(self, work: Work, options: Options) -> Options:
        """Replace a user's words for a model by its endpoint, if they mean one that can be chosen."""
        named = {name: value for name, value in options.items() if name not in CHOOSE_MODEL}
        if "model" in options:
            found = matching(str(options["model"]), self.models(work))
            return {**named, "model": found[0].endpoint if len(found) == 1 else options["model"]}
        if "quality" in options and work is Work.IMAGE:
            return {**named, "model": self.model(work, options).endpoint}
        return options

    def titles(self, work: Work) -> Mapping[str, str]:
        """Return the endpoint of each model by its title."""
        return {model.title: model.endpoint for model in self.models(work)[::-1]}

    def choices(
        self, work: Work, options: Options, own: Model | None = None, pixels: int = 0
    ) -> dict[str, tuple[Value, ...]]:
        """Return each option with the values that it can take together with the other options.

        `pixels` is the size of the image to start from, 0 if unknown.
        """
        chosen = self.model(work, options, own)
        return {
            name: tuple(value for value in values if chosen.combines({**options, name: value}))
            for name, values in self.offered(work, options, own, pixels).items()
        }

    def offered(
        self, work: Work, options: Options, own: Model | None = None, pixels: int = 0
    ) -> dict[str, tuple[Value, ...]]:
        """Return each option with all its values, also those that do not go with the other options."""
        models: tuple[Value, ...] = tuple(model.endpoint for model in self.models(work))
        return {"model": models} | _offered(self.model(work, options, own), work, pixels)

    def leading_to(self, work: Work, endpoint: str, options: Options) -> Options | None:
        """Return the options that select this model; None if the work is done in another way now."""
        if not options.keys() <= {*self.option_names(work), "negative_prompt", "seed"}:
            return None
        offered = any(model.endpoint == endpoint for model in self.models(work))
        return {"model": endpoint} if offered else None

    def admits(self, endpoint: str) -> bool:
        """Return whether the user may order with this model, for example the same again."""
        known = MODELS.get(endpoint)
        return known is not None and (endpoint == self._variation or self.lists.admits(known))

    def option_names(self, work: Work) -> frozenset[str]:
        """Return the options that this work can have, with any model."""
        own = {"quality", "style"} if work is Work.IMAGE else set()
        return frozenset({"model", *_OPTIONS[work], *own})

    def takes_negative_prompt(self, work: Work, options: Options, own: Model | None = None) -> bool:
        return self.model(work, options, own).supports("negative_prompt")

    def resolve(
        self,
        work: Work,
        remembered: Options,
        pixels: int = 0,
        said: Options | None = None,
        own: Model | None = None,
    ) -> Options:
        """Adapt stored options to the model and to those of a line: what does not fit becomes the default."""
        said = said or {}
        remembered = remembered | said
        chosen = self.model(work, remembered, own)
        offered = {"model": (chosen.endpoint,)} | _offered(chosen, work, pixels)
        settled: Options = {}
        for name in sorted(offered, key=lambda name: name not in said):
            fitting = tuple(
                value for value in offered[name] if chosen.combines({**settled, name: value})
            )
            default = _default(chosen, name, fitting or offered[name])
            is_remembered = remembered.get(name) in fitting
            settled[name] = fitting[fitting.index(remembered[name])] if is_remembered else default
        settled = {name: settled[name] for name in offered}
        negative_prompt = remembered.get("negative_prompt")
        if negative_prompt and chosen.supports("negative_prompt"):
            settled["negative_prompt"] = negative_prompt
        if chosen.supports("seed") and "seed" in remembered:
            settled["seed"] = remembered["seed"]
        return settled

    def allows(self, work: Work, options: Options, option: str, own: Model | None = None) -> bool:
        """Tell whether the model supports the value of this option."""
        value = options[option]
        if option == "seed":
            return 0 <= int(value) <= (self.model(work, options, own).max_seed or -1)
        if option == "negative_prompt":
            return self.takes_negative_prompt(work, options, own)
        is_offered = value in self.offered(work, options, own).get(option, ())
        return is_offered and self.model(work, options, own).combines(options)

    @property
    def variation(self) -> tuple[Model, Options]:
        """The model and the options for variations."""
        chosen = MODELS[self._variation]
        wanted = {
            name: value for name, value in _VARIATION.items() if value in chosen.choices(name)
        }
        return chosen, wanted


def _offered(chosen: Model, work: Work, pixels: int) -> dict[str, tuple[Value, ...]]:
    """Return each option besides the model with all values that the chosen one has for it."""
    offered = {name: chosen.choices(name) for name in _OPTIONS[work]}
    if work is Work.IMAGE:
        offered["style"] = tuple(STYLES)
    if fits := _CAN_GROW.get(work):
        offered["scale"] = tuple(scale for scale in offered["scale"] if fits(pixels, int(scale)))
    return {name: values for name, values in offered.items() if values}


def prompt_limit(chosen: Model) -> int:
    """Return the length of the longest prompt that users may write for a model, in characters."""
    # A model of short prompts gets half of them from the user.
    return chosen.max_prompt - min(_ADDITIONS, chosen.max_prompt // 2)


def _checked_lists(settings: Settings) -> ModelLists:
    configured = {Work.IMAGE: ("fal_standard_model", "fal_premium_model")}
    _checked(settings, "fal_variation_model", Work.IMAGE_EDIT)
    return ModelLists(
        default_offers(
            {
                work: tuple(
                    _checked(settings, setting, work)
                    for setting in configured.get(work, (f"fal_{work}_model",))
                )
                for work in OFFERED
            }
        )
    )


def _checked(settings: Settings, setting: str, work: Work) -> str:
    """Return the endpoint of a setting. Raises ValueError if it is not known, or does other work."""
    chosen = MODELS.find(getattr(settings, setting), setting=setting)
    if work not in chosen.works:
        raise ValueError(f"{setting}: {chosen.endpoint} does {chosen.work}, not {work}.")
    return chosen.endpoint


def _default(model: Model, option: str, values: tuple[Value, ...]) -> Value:
    """Return the model's own default where the first value is the smallest one, and else the first value."""
    if option == "duration":
        return next((value for value in values if int(value) >= _SHORTEST_DEFAULT), values[0])
    own = model.sent.get(option, model.defaults.get(option))
    return own if option in ("resolution", "detail") and own in values else values[0]
