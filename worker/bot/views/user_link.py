"""How a user is named to an admin."""

from aiogram.utils.link import create_tg_link

from infra.i18n import Phrases
from worker.bot.truncate import one_line
from worker.users.store import Person

LONGEST_NAME = 60


def identity(person: Person) -> dict[str, str]:
    """How a person is named to an admin: the arguments of a text."""
    return {
        "name": one_line(person.name, LONGEST_NAME) or str(person.id),
        "username": f" (@{person.username})" if person.username else "",
        "id": str(person.id),
    }


def linked(say: Phrases, person: Person) -> str:
    """HTML: a name that leads to the person."""
    name = one_line(person.name, 40) or str(person.id)
    return say("person-link", name=name, link=create_tg_link("user", id=person.id))
