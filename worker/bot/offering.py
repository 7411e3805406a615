"""What can be made, and with which options: by the models that the operator set."""

from infra.fal.models import Model, Value
from infra.fal.models_map import model
from infra.fal.styles import STYLES
from infra.settings import Settings
from worker.jobs import Kind, Options

STANDARD, PREMIUM = "standard", "premium"
MAX_NEGATIVE_PROMPT = 500
# What a style and a negative prompt may add to a prompt on its way to the model.
_ADDITIONS = 1000


class Offering:
    """Options that a model lacks are not offered for it; the first value of an option is its default.

    Raises ValueError, naming the setting, for a model that the table does not know.
    """

    def __init__(self, settings: Settings) -> None:
        self._images = {
            STANDARD: model(settings.fal_standard_model, setting="fal_standard_model"),
            PREMIUM: model(settings.fal_premium_model, setting="fal_premium_model"),
        }
        self._video = model(settings.fal_video_model, setting="fal_video_model")

    def model(self, kind: Kind, options: Options) -> Model:
        if kind is Kind.VIDEO:
            return self._video
        return self._images.get(str(options.get("quality")), self._images[STANDARD])

    def choices(self, kind: Kind, options: Options) -> dict[str, tuple[Value, ...]]:
        """Each option with the values that it can take beside the other options."""
        chosen = self.model(kind, options)
        if kind is Kind.VIDEO:
            offered = {name: chosen.choices(name) for name in ("duration", "aspect", "audio")}
        else:
            offered = {name: chosen.choices(name) for name in ("size", "count")}
            offered |= {"quality": tuple(self._images), "style": tuple(STYLES)}
        return {name: values for name, values in offered.items() if values}

    def takes_negative_prompt(self, kind: Kind, options: Options) -> bool:
        return kind is Kind.IMAGE and self.model(kind, options).supports("negative_prompt")

    def settle(self, kind: Kind, remembered: Options) -> Options:
        """What was remembered, made possible: what the model lacks falls back quietly."""
        settled = {
            name: _remembered_or_default(remembered.get(name), values)
            for name, values in self.choices(kind, remembered).items()
        }
        negative_prompt = remembered.get("negative_prompt")
        if negative_prompt and self.takes_negative_prompt(kind, remembered):
            settled["negative_prompt"] = negative_prompt
        return settled

    def prompt_limit(self, kind: Kind, options: Options) -> int:
        """The longest prompt, in characters."""
        return self.model(kind, options).max_prompt - _ADDITIONS


def _remembered_or_default(remembered: Value | None, values: tuple[Value, ...]) -> Value:
    return values[values.index(remembered)] if remembered in values else values[0]
