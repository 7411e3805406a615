from tests.user import User
from tests.worker.bot.conversation import Conversation
from worker.bot.states import Making


async def test_a_conversation_of_the_version_before_goes_on(
    conversation: Conversation, anya: User
) -> None:
    """Who was asked for words before an update of the service may say them after it; the price is shown again."""
    card = await conversation.hear(anya, "🎬 Видео")
    state = conversation.dispatcher.fsm.get_context(conversation.bot, anya.id, anya.id)
    await state.set_state(Making.prompt)
    await state.set_data({"kind": "video", "card": card["message_id"]})
    await conversation.hear(anya, "море")
    await conversation.agree(anya)
    assert (await conversation.job(anya)).request.prompt == "море"
