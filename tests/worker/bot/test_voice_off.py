"""Recordings where the operator has switched voice off."""

import pytest

from tests.message import words
from tests.recordings import recording
from tests.user import User
from tests.worker.bot.conversation import Conversation, Localized


@pytest.mark.slow
async def test_nothing_shows_that_there_is_voice(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """A voice message is declined, an audio document is a document, and /help does not name voice."""
    await admin.send_files(recording("кот"), send_as="voice")
    await conversation.catch_up()
    declined = localized("Слушать я не умею", "I cannot listen")
    assert declined in words(await admin.last_from_bot())
    await admin.send_files(recording("кот", form="wav"), send_as="")
    await conversation.catch_up()
    assert "JPEG" in words(await admin.last_from_bot())
    said = words(await conversation.send_text(admin, "/help"))
    assert localized("Голосом", "By voice") not in said
