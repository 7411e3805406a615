"""How a user is named to an admin."""

from aiogram.utils.link import create_tg_link

from infra.i18n import Phrases
from worker.bot.truncate import one_line
from worker.users.store import User

LONGEST_NAME = 60


def identity(user: User) -> dict[str, str]:
    """How a person is named to an admin: the arguments of a text."""
    return {
        "name": one_line(user.name, LONGEST_NAME) or str(user.id),
        "username": f" (@{user.username})" if user.username else "",
        "id": str(user.id),
    }


def linked(say: Phrases, user: User) -> str:
    """HTML: a name that leads to the person."""
    name = one_line(user.name, 40) or str(user.id)
    return say("person-link", name=name, link=create_tg_link("user", id=user.id))
