"""A person's settings, within what is offered."""

from dataclasses import replace

from worker.bot.offering import Offering
from worker.bot.settings_card import SettingsCard
from worker.bot.visitor import Visitor
from worker.jobs import Kind, Options
from worker.people import Person, PersonStore


class Preferences:
    def __init__(self, people: PersonStore, offering: Offering) -> None:
        self._people = people
        self.offering = offering

    def settled(self, person: Person, kind: Kind) -> Options:
        return self.offering.settle(kind, person.options(kind))

    def card(self, visitor: Visitor, kind: Kind) -> SettingsCard:
        person = visitor.person
        return SettingsCard(visitor.say, self.offering, person.id, kind, self.settled(person, kind))

    async def choose(self, visitor: Visitor, kind: Kind, option: str, text: str) -> Visitor | None:
        """Give an option the value with this text; None when it is not offered (any more)."""
        offered = self.offering.choices(kind, visitor.person.options(kind)).get(option, ())
        values = [value for value in offered if str(value) == text]
        return await self._remember(visitor, kind, {option: values[0]}) if values else None

    async def set_negative_prompt(self, visitor: Visitor, text: str) -> Visitor:
        return await self._remember(visitor, Kind.IMAGE, {"negative_prompt": text})

    async def _remember(self, visitor: Visitor, kind: Kind, change: Options) -> Visitor:
        # What this model lacks is kept, for when the person returns to the other one.
        options = visitor.person.options(kind) | change
        await self._people.remember(visitor.person.id, kind, options)
        return replace(visitor, person=visitor.person.preferring(kind, options))
