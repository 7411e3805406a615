"""A person's settings, within what is offered."""

from dataclasses import replace

from infra.fal.models import Work
from worker.bot.offering import Offering
from worker.bot.settings_card import SettingsCard
from worker.bot.visitor import Visitor
from worker.jobs import Options
from worker.people import Person, PersonStore


class Preferences:
    def __init__(self, people: PersonStore, offering: Offering) -> None:
        self._people = people
        self.offering = offering

    def settled(self, person: Person, work: Work) -> Options:
        return self.offering.settle(work, person.options(work))

    def card(self, visitor: Visitor, work: Work) -> SettingsCard:
        person = visitor.person
        return SettingsCard(visitor.say, self.offering, person.id, work, self.settled(person, work))

    async def choose(self, visitor: Visitor, work: Work, option: str, text: str) -> Visitor | None:
        """Give an option the value with this text; None when it is not offered (any more)."""
        offered = self.offering.choices(work, visitor.person.options(work)).get(option, ())
        values = [value for value in offered if str(value) == text]
        return await self._remember(visitor, work, {option: values[0]}) if values else None

    async def set_negative_prompt(self, visitor: Visitor, text: str) -> Visitor:
        return await self._remember(visitor, Work.IMAGE, {"negative_prompt": text})

    async def _remember(self, visitor: Visitor, work: Work, change: Options) -> Visitor:
        # What this model lacks is kept, for when the person returns to the other one.
        options = visitor.person.options(work) | change
        await self._people.remember(visitor.person.id, work, options)
        return replace(visitor, person=visitor.person.preferring(work, options))
