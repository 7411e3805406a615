"""Named settings of a user."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter

from infra.fal.model import Work
from worker.model import Options

MAX_NAME = 24  # what fits a button on a phone
MAX_PRESETS = 20


class Preset(BaseModel):
    """`number` is unique among the user's presets."""

    model_config = ConfigDict(frozen=True)

    number: int
    name: str
    work: Work
    options: Options


type Presets = tuple[Preset, ...]

PRESETS = TypeAdapter[Presets](Presets)


def find(presets: Sequence[Preset], number: int) -> Preset | None:
    return next((preset for preset in presets if preset.number == number), None)


def with_preset(presets: Presets, name: str, work: Work, options: Options) -> Presets:
    """Append a preset; replace one of the same name and work."""
    others = tuple(
        preset
        for preset in presets
        if (preset.name.casefold(), preset.work) != (name.casefold(), work)
    )
    number = max((preset.number for preset in presets), default=0) + 1
    return (*others, Preset(number=number, name=name, work=work, options=options))


def renamed(presets: Presets, number: int, name: str) -> Presets:
    return tuple(
        preset.model_copy(update={"name": name}) if preset.number == number else preset
        for preset in presets
    )


def without(presets: Presets, number: int) -> Presets:
    return tuple(preset for preset in presets if preset.number != number)
