"""Owner, rights and job of a button, by its callback data."""

from worker.bot.admin_callback_data import Administer, OnModels, RunCommand
from worker.bot.callback_data import (
    FOR_ADMINS,
    FOR_GROUPS,
    SEPARATOR,
    Action,
    Branch,
    OnResult,
    OpenStep,
    Owned,
    PickResult,
)

# Subclasses like the others, but only if their module is imported.
_ADMINS: tuple[type[Owned], ...] = (Administer, OnModels, RunCommand)
_OWNED = frozenset(data.__prefix__ for data in (*Owned.__subclasses__(), *_ADMINS))


def belongs_to_another(data: str, user_id: int) -> bool:
    """Tell whether the button belongs to another user."""
    prefix, *parts = data.split(SEPARATOR)
    return prefix in _OWNED and parts[:1] != [str(user_id)]


def is_for_admins(data: str) -> bool:
    """Tell whether admins may press this button under the results of other users."""
    return is_on_result(data) and data.split(SEPARATOR)[3:4] in [[action] for action in FOR_ADMINS]


def leads_back(data: str) -> bool:
    """Tell whether the button leads to the job before, from whose result this one was made."""
    return is_on_result(data) and OnResult.unpack(data).action is Action.PREVIOUS


def leads_to_tip(data: str) -> bool:
    """Tell whether the button leads towards the job that its message showed first."""
    is_step = data.startswith(f"{OpenStep.__prefix__}{SEPARATOR}")
    return is_step and bool(OpenStep.unpack(data).tip)


def is_for_groups(data: str) -> bool:
    """Tell whether everybody in a group may press this button under the results of the group."""
    prefix, *parts = data.split(SEPARATOR)
    if prefix == OnResult.__prefix__:
        return parts[2:3] in [[action] for action in FOR_GROUPS]
    return prefix in {PickResult.__prefix__, OpenStep.__prefix__, Branch.__prefix__}


def job_of_button(data: str) -> str | None:
    """Return the id of the job that a button of a result is about; None for other buttons."""
    for kind in (OnResult, PickResult):
        try:
            return kind.unpack(data).job_id
        except (TypeError, ValueError):
            continue
    return None


def is_on_result(data: str) -> bool:
    """Tell whether the button acts on a job or its result."""
    return data.startswith(f"{OnResult.__prefix__}{SEPARATOR}")
