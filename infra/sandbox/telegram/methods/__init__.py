"""Methods of the Bot API by lower-case name: Telegram ignores the case."""

from collections.abc import Awaitable, Callable, Mapping

from infra.sandbox.telegram.methods import (
    chats,
    editing,
    ephemeral,
    identity,
    incoming,
    inline,
    reacting,
    rich,
    sending,
)
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.sandbox import Sandbox

type Method = Callable[[Sandbox, Parameters], Awaitable[object]]

METHODS: Mapping[str, Method] = {
    name.lower(): method
    for name, method in {
        **sending.METHODS,
        **editing.METHODS,
        **ephemeral.METHODS,
        **reacting.METHODS,
        **rich.METHODS,
        **incoming.METHODS,
        **inline.METHODS,
        **identity.METHODS,
        **chats.METHODS,
    }.items()
}
