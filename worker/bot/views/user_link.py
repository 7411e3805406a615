"""Names of users, and links to them."""

from aiogram.utils.link import create_tg_link

from infra.i18n import Phrases
from worker.bot.truncate import one_line
from worker.users.store import User

LONGEST_NAME = 60


def name_of(user: User, longest: int = LONGEST_NAME) -> str:
    """Return the user's name in one line; without a name, their id."""
    return one_line(user.name, longest) or str(user.id)


def identity(user: User) -> dict[str, str]:
    """Return the text arguments that name a user to an admin."""
    return {
        "name": name_of(user),
        "username": f" (@{user.username})" if user.username else "",
        "id": str(user.id),
    }


def linked(t: Phrases, user: User) -> str:
    """Return the user's name as an HTML link to them."""
    link = create_tg_link("user", id=user.id)
    return t("user-link", name=name_of(user, 40), link=link)
