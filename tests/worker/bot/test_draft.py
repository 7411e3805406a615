from tests.user import User
from tests.worker.bot.conversation import Conversation
from worker.bot.states import Making


async def test_conversation_of_an_earlier_version_continues(
    conversation: Conversation, anya: User
) -> None:
    """A prompt that was asked for before an upgrade is accepted after it; the price is shown again."""
    card = await conversation.send_text(anya, "🎬 Видео")
    state = conversation.dispatcher.fsm.get_context(conversation.bot, anya.id, anya.id)
    await state.set_state(Making.prompt)
    await state.set_data({"kind": "video", "card": card["message_id"]})
    await conversation.send_text(anya, "море")
    await conversation.agree(anya)
    assert (await conversation.job(anya)).request.prompt == "море"
