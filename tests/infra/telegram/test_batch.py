import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from infra.telegram.batch import find_number, split

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_OBJECT = st.dictionaries(st.text(max_size=8), _JSON, max_size=4)


@pytest.mark.slow
@hypothesis_settings(deadline=None)
@given(
    before=_OBJECT,
    members=st.lists(_OBJECT, max_size=5),
    after=_OBJECT,
    indent=st.none() | st.just(2),
)
def test_every_list_of_objects_is_split_as_it_is_parsed(
    before: dict[str, Any], members: list[Any], after: dict[str, Any], indent: int | None
) -> None:
    """Any content in strings, beside the list and between its items is handled."""
    whole = {**before, "result": members, **{k: v for k, v in after.items() if k != "result"}}
    for ascii_only in (True, False):
        body = json.dumps(whole, ensure_ascii=ascii_only, indent=indent).encode()
        batch = split(body, "result")
        assert batch
        assert [json.loads(member) for member in batch.members] == members
        assert json.loads(batch.envelope) == whole | {"result": []}


@pytest.mark.parametrize(
    "member",
    [
        rb'{"text":"\ud800"}',
        b'{"number":' + b"9" * 5000 + b"}",
        b"[" * 1500 + b"]" * 1500,
        b'{"text":"\xff\xfe"}',
        b'{"no": json}',
        b"7",
        b'"words"',
    ],
)
def test_malformed_item_does_not_affect_the_others(member: bytes) -> None:
    """Each other item is returned byte for byte."""
    members = [b'{"update_id":1}', member, b'{"update_id":3}']
    batch = split(b'{"ok":true,"result":[' + b",".join(members) + b"]}", "result")
    assert batch
    assert batch.members == members


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b"[]",
        b'{"ok":true}',
        b'{"ok":true,"result":{"a":[1]}}',
        b'{"ok":true,"result":[{"a":1}',
        b'{"ok":true,"result":[{"a":"cut',
        b'{"ok":true,"result":[]} and more',
        b'{"ok":false,"description":"result"}',
        b'{"deeper":{"result":[]}}',
    ],
)
def test_missing_or_truncated_list_is_an_error(body: bytes) -> None:
    """A truncated response confirms nothing."""
    assert split(body, "result") is None


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"update_id":7,"text":"x"}', 7),
        (rb'{"text":"\ud800 \"update_id\": 5","deep":{"update_id":6},"update_id" : 7}', 7),
        (b'{"message":{"update_id":7}}', None),
        (b'{"update_id":' + b"9" * 5000 + b"}", None),
        (b'{"update_id":7.5}', None),
        (b"nonsense", None),
    ],
)
def test_number_is_found_in_malformed_json(body: bytes, number: int | None) -> None:
    """Only at the top level, only an integer, and only one of a plausible length."""
    assert find_number(body, "update_id") == number


def test_hostile_body_takes_linear_time() -> None:
    """Hundreds of thousands of unclosed strings and brackets take linear time."""
    for part in (rb"\"x", b"[", b'"', b"{"):
        assert split(b'{"result":[' + part * 200_000, "result") is None
