"""Problems in a line with options, and the possible alternatives. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from infra.fal.model import Value, Work
from infra.i18n import Phrases
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.options.catalog import MAX_NEGATIVE_PROMPT, QUALITIES, OptionCatalog
from worker.bot.options.formats import FORMATS, possible_formats
from worker.bot.options.labels import label
from worker.bot.options.model_names import matching, written
from worker.bot.options.prompt_flags import flags_for, option_of
from worker.bot.options.prompt_parser import ParsedPrompt
from worker.bot.truncate import excerpt
from worker.model import Options

# The first few are enough to correct a line.
_SAID = 4
_SAME_FLAG: Mapping[str, tuple[str, ...]] = {
    "aspect": ("size",),
    "size": ("aspect",),
    "quality": ("detail",),
}
_NUMBERS = frozenset({"seed", "count", "duration", "scale"})


def line_problems(
    current_user: CurrentUser, catalog: OptionCatalog, draft: Draft, line: ParsedPrompt
) -> list[str]:
    """Return one sentence of HTML per problem, and that nothing has started; empty without a problem."""
    if not (line.options or line.strange or line.incomplete or line.formats):
        return []
    settings = current_user.user.options(draft.work) if draft.options is None else draft.options
    if not draft.own_model:
        settings = catalog.resolve(draft.work, settings, draft.pixels, line.options)
    found = _Problems(current_user.t, catalog, draft, settings | line.options).of(line)
    said = list(islice(found, _SAID))
    return [*said, current_user.t("option-nothing-started")] if said else []


@dataclass(frozen=True)
class _Problems:
    t: Phrases
    catalog: OptionCatalog
    draft: Draft
    wanted: Options

    def of(self, line: ParsedPrompt) -> Iterator[str]:
        flags = ", ".join(flags_for(self.catalog.option_names(self.draft.work)))
        for flag in line.strange:
            yield self.t("option-unknown", asked=excerpt(flag, 40), possible=flags)
        for flag in line.incomplete:
            possible = self._values(option_of(flag))
            yield self.t("option-needs-value", asked=flag, possible=possible)
        sizes = self._choices().get("size", ())
        if line.formats and not possible_formats(self.draft.work, sizes):
            yield self.t("option-unsupported", asked="--formats")
        length = len(str(line.options.get("negative_prompt", "")))
        if length > MAX_NEGATIVE_PROMPT:
            yield self.t("prompt-too-long", length=length, limit=MAX_NEGATIVE_PROMPT)
        for option, value in line.options.items():
            if not self.catalog.allows(self.draft.work, self.wanted, option, self.draft.own_model):
                yield self._impossible(option, value)

    def _impossible(self, option: str, value: Value) -> str:
        work, models = self.draft.work, self.catalog.models(self.draft.work)
        if option == "model":
            found = matching(str(value), models)
            key = "option-model-ambiguous" if found else "option-model-unknown"
            possible = ", ".join(written(found or models))
            return self.t(key, asked=excerpt(str(value), 60), possible=possible)
        asked, choices = label(self.t, option, value), self._choices()
        for model, name in zip(models, written(models), strict=True):
            asks: Options = {option: value, "model": model.endpoint}
            options = self.catalog.resolve(work, self.wanted, self.draft.pixels, asks) | asks
            if self.catalog.allows(work, options, option):
                return self.t("option-other-model", asked=asked, model=model.title, word=name)
        if option not in choices:
            return self.t("option-unsupported", asked=asked)
        return self.t("option-impossible", asked=asked, possible=self._values(option))

    def _values(self, option: str) -> str:
        """List the possible values; the sentence around them has its own full stop."""
        if option == "negative_prompt":
            return self.t.plain("option-takes-words")
        if option == "formats":
            return ", ".join(FORMATS)
        if option == "model":
            return ", ".join(written(self.catalog.models(self.draft.work)))
        # Users may ask for a size of a video, and for an aspect of an image; --quality is both of these.
        asked = [option, *_SAME_FLAG.get(option, ())]
        labels = [
            label(self.t, name, value) for name in asked for value in self._choices().get(name, ())
        ]
        if option == "quality" and self.draft.work is Work.IMAGE:
            labels = [*(label(self.t, option, quality) for quality in QUALITIES), *labels]
        if labels:
            return ", ".join(labels).removesuffix(".")
        return self.t.plain("option-takes-number" if option in _NUMBERS else "option-takes-none")

    def _choices(self) -> dict[str, tuple[Value, ...]]:
        return self.catalog.choices(self.draft.work, self.wanted, self.draft.own_model)
