from tests.person import Person
from tests.worker.bot.conversation import Conversation, labels
from worker.jobs import Kind, Status


async def test_a_picture_begins_with_a_card_of_settings(
    conversation: Conversation, anya: Person
) -> None:
    """The button of the keyboard asks for the prompt and marks the current settings."""
    card = await conversation.hear(anya, "🖼 Изображение")
    assert "Опишите, что нарисовать" in card["text"]
    assert [label for label in labels(card) if label.startswith("✓")] == [
        "✓ ◻️ Квадрат",
        "✓ 1 шт.",
        "✓ Стандарт",
    ]


async def test_the_prompt_becomes_a_job_that_is_answered_with_its_id(
    conversation: Conversation, anya: Person
) -> None:
    """The next text is the prompt; its answer names the job and replies to it."""
    await conversation.hear(anya, "🖼 Изображение")
    answer = await conversation.hear(anya, "красное яблоко")
    job = await conversation.job(anya)
    assert job.id in answer["text"]
    assert "красное яблоко" in answer["text"]
    assert answer["reply_to_message"]["message_id"] == job.request.message_id
    assert job.progress_message_id == answer["message_id"]
    assert (job.status, job.request.kind, job.request.prompt) == (
        Status.CREATED,
        Kind.IMAGE,
        "красное яблоко",
    )
