from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from infra.sandbox.telegram.methods import METHODS
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.sandbox import Sandbox, SandboxSettings, open_sandbox

WAITING = {"getupdates"}
NAMES = [
    "chat_id",
    "from_chat_id",
    "message_thread_id",
    "user_id",
    "text",
    "parse_mode",
    "entities",
    "caption",
    "caption_entities",
    "photo",
    "video",
    "media",
    "reply_markup",
    "message_id",
    "message_ids",
    "reply_parameters",
    "link_preview_options",
    "commands",
    "scope",
    "language_code",
    "callback_query_id",
    "file_id",
    "draft_id",
    "action",
    "url",
    "allowed_updates",
    "max_connections",
    "name",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "inline_keyboard", "keyboard", "text", "media", "message_id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
VALUES = st.fixed_dictionaries(
    {}, optional={name: JSON for name in NAMES if name != "chat_id"}
) | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)


@pytest.fixture
async def sandbox(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with open_sandbox(settings) as sandbox:
        yield sandbox


@pytest.mark.slow
@given(method=st.sampled_from(sorted(METHODS.keys() - WAITING)), values=VALUES)
@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_parameters_are_handled(
    sandbox: Sandbox, method: str, values: dict[str, object]
) -> None:
    """Any JSON is accepted or answered with an error of the Bot API."""
    sandbox.users.start(1001)
    with suppress(ApiError):
        await METHODS[method](sandbox, Parameters({"chat_id": 1001} | values))
