"""A person's settings, within what is offered."""

from dataclasses import replace

from infra.fal.models import Work
from worker.bot.draft import Draft
from worker.bot.offering import Offering
from worker.bot.settings_card import SettingsCard
from worker.bot.visitor import Visitor
from worker.jobs import Options
from worker.people import Person, PersonStore
from worker.presets import Preset, Presets, renamed, with_preset, without


class Preferences:
    def __init__(self, people: PersonStore, offering: Offering) -> None:
        self._people = people
        self.offering = offering

    def settled(self, person: Person, work: Work, over: Options | None = None) -> Options:
        """The person's own settings, or what was asked for this once instead; what the model lacks falls back."""
        return self.offering.settle(work, person.options(work) | (over or {}))

    def card(self, visitor: Visitor, work: Work, draft: Draft | None = None) -> SettingsCard:
        """What to ask for a draft; without one everything of it is still to come."""
        person = visitor.person
        return SettingsCard(
            visitor.say,
            self.offering,
            person.id,
            draft or Draft(work=work),
            self.settled(person, work),
            [preset for preset in person.presets if preset.work is work],
        )

    async def choose(self, visitor: Visitor, work: Work, option: str, text: str) -> Visitor | None:
        """Give an option the value with this text; None when it is not offered (any more)."""
        offered = self.offering.choices(work, visitor.person.options(work)).get(option, ())
        values = [value for value in offered if str(value) == text]
        return await self.remember(visitor, work, {option: values[0]}) if values else None

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

    async def save_preset(self, visitor: Visitor, work: Work, name: str) -> Visitor:
        options = self.settled(visitor.person, work)
        return await self._keep(visitor, with_preset(visitor.person.presets, name, work, options))

    async def rename_preset(self, visitor: Visitor, number: int, name: str) -> Visitor:
        return await self._keep(visitor, renamed(visitor.person.presets, number, name))

    async def delete_preset(self, visitor: Visitor, number: int) -> Visitor:
        return await self._keep(visitor, without(visitor.person.presets, number))

    async def _keep(self, visitor: Visitor, presets: Presets) -> Visitor:
        await self._people.keep_presets(visitor.person.id, presets)
        return replace(visitor, person=replace(visitor.person, presets=presets))
