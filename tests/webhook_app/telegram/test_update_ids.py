import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook_app.telegram.update_ids import NOBODY, UNREADABLE, Update, identify


def body(**content: Any) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": {"from": {"id": 1}, "chat": {"id": -5}}}, "-5"),
        ({"edited_message": {"chat": {"id": 5}}}, "5"),
        ({"channel_post": {"sender_chat": {"id": 9}, "chat": {"id": -1009}}}, "-1009"),
        ({"business_message": {"chat": {"id": 5}, "from": {"id": 6}}}, "5"),
        ({"callback_query": {"from": {"id": 1}, "message": {"chat": {"id": 5}}}}, "5"),
        ({"callback_query": {"from": {"id": 1}, "inline_message_id": "a"}}, "1"),
        ({"my_chat_member": {"from": {"id": 1}, "chat": {"id": 5}}}, "5"),
        ({"inline_query": {"from": {"id": 1}, "query": "a"}}, "inline:1"),
        ({"message_reaction": {"chat": {"id": 5}, "user": {"id": 1}}}, "5"),
        ({"poll_answer": {"user": {"id": 1}}}, "1"),
        ({"poll": {"id": "12"}}, NOBODY),
        ({"message": {"chat": {"id": "5"}}}, NOBODY),
        ({"message": {"chat": {"id": True}}}, NOBODY),
        ({}, NOBODY),
    ],
)
def test_update_belongs_to_its_chat_or_sender(update: dict[str, Any], chat: str) -> None:
    """Each kind of update is stored under its chat, else its sender, else under 0."""
    assert identify(body(update_id=7, **update)) == Update(7, chat)


@pytest.mark.parametrize("update_id", ["7", None, True, 1.5, 2**64, {}])
def test_update_without_a_valid_id_is_identified_by_its_bytes(update_id: Any) -> None:
    """A repetition of the same bytes has the same id."""
    content = body(update_id=update_id)
    assert identify(content).id == sha256(content).hexdigest()


@given(st.binary())
def test_arbitrary_bytes_have_an_id_and_a_chat(content: bytes) -> None:
    """No input raises."""
    found = identify(content)
    assert found.id == sha256(content).hexdigest()
    assert found.chat in {UNREADABLE, NOBODY}


@pytest.mark.parametrize("content", [b"[" * 500_000, b'{"update_id": ' + b"9" * 5000 + b"}"])
def test_json_that_python_refuses_is_unreadable(content: bytes) -> None:
    """Depth and huge numbers raise exceptions of their own kinds."""
    assert identify(content).chat == UNREADABLE
