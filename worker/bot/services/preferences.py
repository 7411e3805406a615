"""A person's settings, within what is offered."""

from dataclasses import replace

from infra.fal.model import Value, Work
from worker.bot.current_user import Visitor
from worker.bot.draft import Draft
from worker.bot.options.catalog import Offering
from worker.bot.views.settings_card import SettingsCard
from worker.model import Options
from worker.users.presets import Preset, Presets, renamed, with_preset, without
from worker.users.store import Person, PersonStore


class Preferences:
    def __init__(self, people: PersonStore, offering: Offering) -> None:
        self._people = people
        self.offering = offering

    def settled(self, person: Person, draft: Draft, told: Options | None = None) -> Options:
        """What a draft goes by, and what was told this once over it; what the model lacks falls back."""
        said = told or {}
        if draft.own_model and draft.options is not None:
            return draft.options | said
        options = person.options(draft.work) if draft.options is None else draft.options
        return self.offering.settle(draft.work, options | said, draft.pixels) | said

    def card(self, visitor: Visitor, draft: Draft) -> SettingsCard:
        """What to ask for a draft."""
        person = visitor.person
        return SettingsCard(
            visitor.say,
            self.offering,
            person.id,
            draft,
            self.settled(person, draft),
            [preset for preset in person.presets if preset.work is draft.work],
        )

    def value(self, person: Person, draft: Draft, option: str, text: str) -> Value | None:
        """The value of an option with this text; None when it is not offered (any more)."""
        options = self.settled(person, draft)
        offered = self.offering.choices(draft.work, options, draft.own_model, draft.pixels)
        values = offered.get(option, ())
        return next((value for value in values if str(value) == text), None)

    async def change(self, visitor: Visitor, draft: Draft, change: Options) -> SettingsCard:
        """The card with other settings, for this order and, unless they are of a model of its own, for the next."""
        if not draft.own_model:
            visitor = await self.remember(visitor, draft.work, change)
        return self.card(visitor, draft.changed(change))

    async def remember(self, visitor: Visitor, work: Work, change: Options) -> Visitor:
        """Settings for the next orders, too."""
        # What this model lacks is kept, for when the person returns to the other one.
        options = visitor.person.options(work) | change
        await self._people.remember(visitor.person.id, work, options)
        return replace(visitor, person=visitor.person.preferring(work, options))

    async def apply(self, visitor: Visitor, preset: Preset) -> Visitor:
        """What a preset does not say is as it was when it was saved: not there."""
        await self._people.remember(visitor.person.id, preset.work, preset.options)
        return replace(visitor, person=visitor.person.preferring(preset.work, preset.options))

    async def save_preset(self, visitor: Visitor, draft: Draft, name: str) -> Visitor:
        options = self.settled(visitor.person, draft)
        presets = with_preset(visitor.person.presets, name, draft.work, options)
        return await self._keep(visitor, presets)

    async def rename_preset(self, visitor: Visitor, number: int, name: str) -> Visitor:
        return await self._keep(visitor, renamed(visitor.person.presets, number, name))

    async def delete_preset(self, visitor: Visitor, number: int) -> Visitor:
        return await self._keep(visitor, without(visitor.person.presets, number))

    async def _keep(self, visitor: Visitor, presets: Presets) -> Visitor:
        await self._people.keep_presets(visitor.person.id, presets)
        return replace(visitor, person=replace(visitor.person, presets=presets))
