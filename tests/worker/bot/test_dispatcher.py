from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.user import User
from tests.worker.bot.conversation import Conversation

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = st.sampled_from(
    [
        "/start",
        "/image",
        "/image x",
        "/status 0",
        "/lang",
        "🎬 Видео",
        "🖼 Image",
        "x" * 5000,
        "/image \ud800",
        "\ud800",
        "/",
        "",
        " ",
    ]
) | st.text(max_size=30)
USERS = st.fixed_dictionaries(
    {"id": st.just(1) | st.integers(1, 2**52), "is_bot": st.booleans(), "first_name": WORDS},
    optional={"language_code": st.sampled_from(["ru", "en", "", "zz"]), "username": WORDS},
)
CHATS = st.fixed_dictionaries(
    {
        "id": st.integers(-(2**40), 2**52),
        "type": st.sampled_from(["private", "group", "supergroup", "channel"]),
    }
)
MESSAGES = st.fixed_dictionaries(
    {"message_id": st.integers(0, 2**31), "date": st.integers(0, 2**31), "chat": CHATS},
    optional={
        "from": USERS,
        "text": WORDS,
        "caption": WORDS,
        "media_group_id": WORDS,
        "sticker": ANY_JSON,
        "location": st.just({"latitude": 1, "longitude": 2}),
        "pinned_message": ANY_JSON,
        "is_topic_message": st.booleans(),
        "message_thread_id": st.integers(0, 99),
    },
)
BUTTONS = st.sampled_from(
    [
        "cancel|1",
        "set|1|size|wide",
        "again|1|x",
        "make|1|image",
        "lang|1|xx",
        "open|1|none",
        "set|||",
        "|",
    ]
) | st.text(max_size=64)
PRESSES = st.fixed_dictionaries(
    {"id": st.text(max_size=9), "from": USERS, "chat_instance": st.just("1"), "data": BUTTONS},
    optional={"message": MESSAGES, "inline_message_id": st.text(max_size=9)},
)
UPDATES = st.fixed_dictionaries(
    {"update_id": st.integers(0, 2**31)},
    optional={
        "message": MESSAGES,
        "edited_message": MESSAGES,
        "callback_query": PRESSES,
        "channel_post": MESSAGES,
        "a_kind_of_next_year": ANY_JSON,
    },
)


# The conversation stays the same on purpose: an update must not affect the next one.
a_few = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.slow
@a_few
@given(raw=UPDATES)
async def test_no_update_stops_the_conversation(
    conversation: Conversation, anya: User, raw: dict[str, Any]
) -> None:
    """Any update is handled, and the next user is answered."""
    await conversation.handle(raw)
    assert "/help" in (await conversation.send_text(anya, "/no_such_command"))["text"]


@a_few
@given(raw=ANY_JSON | st.fixed_dictionaries({"update_id": SCALARS, "message": ANY_JSON}))
async def test_invalid_update_is_skipped(conversation: Conversation, raw: Any) -> None:
    """The inbox may have any JSON: nothing is raised."""
    await conversation.handle(raw)
