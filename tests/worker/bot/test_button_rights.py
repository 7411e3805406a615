from hypothesis import given
from hypothesis import strategies as st

from tests.worker.bot.test_callback_data import LONGEST_ID, on_result
from worker.bot.button_rights import belongs_to_another, is_on_result
from worker.bot.callback_data import Action, Choose


def test_result_buttons_are_recognized() -> None:
    """They are replaced in a message without the other buttons below."""
    assert is_on_result(on_result(Action.BACK).pack())
    assert not is_on_result("only|1")


@given(owner=st.integers(1, LONGEST_ID), user=st.integers(1, LONGEST_ID))
def test_button_has_its_owner(owner: int, user: int) -> None:
    """Only its owner's presses count."""
    data = Choose(owner=owner, option="size", value="wide").pack()
    assert belongs_to_another(data, user) is (owner != user)


@given(st.text())
def test_foreign_button_has_no_owner(data: str) -> None:
    """It is answered as stale, not as another user's."""
    assert not belongs_to_another("unknown" + data, 1)
