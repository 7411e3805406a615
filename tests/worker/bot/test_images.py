from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.test_forged_presses import press
from worker.model import Kind, Status


def current(labels: list[str]) -> list[str]:
    return [label.removeprefix("✓ ") for label in labels if label.startswith("✓")]


async def test_a_picture_begins_with_a_card_of_settings(
    conversation: Conversation, anya: User
) -> None:
    """The button of the keyboard asks for the prompt and marks the current settings."""
    card = await conversation.hear(anya, "🖼 Изображение")
    assert "Опишите, что нарисовать" in card["text"]
    assert current(labels(card)) == ["Квадрат", "1 шт.", "Стандарт"]


async def test_the_card_speaks_english_to_those_who_do(
    conversation: Conversation, ben: User
) -> None:
    """The same in the other language."""
    card = await conversation.hear(ben, "🖼 Image")
    assert "Describe what to draw" in card["text"]
    assert current(labels(card)) == ["Square", "×1", "Standard"]
    answer = await conversation.hear(ben, "a red apple")
    assert "Your job is in" in answer["text"]


async def test_the_prompt_becomes_a_job_that_is_answered_with_its_id(
    conversation: Conversation, anya: User
) -> None:
    """The next text is the prompt; its answer names the job and replies to it."""
    await conversation.hear(anya, "🖼 Изображение")
    answer = await conversation.hear(anya, "красное яблоко")
    job = await conversation.job(anya)
    assert job.id in answer["text"]
    assert answer["reply_to_message"]["message_id"] == job.request.message_id
    assert job.progress_message_id == answer["message_id"]
    assert (job.status, job.request.kind) == (Status.CREATED, Kind.IMAGE)
    assert (job.request.prompt, job.request.language) == ("красное яблоко", "ru")
    assert job.request.model == "fal-ai/flux/schnell"
    assert job.request.options == {"size": "square", "count": 1, "style": "none"}


async def test_a_card_is_gone_once_its_job_runs(conversation: Conversation, anya: User) -> None:
    """Nobody is invited to change the settings of what has begun."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.hear(anya, "красное яблоко")
    assert not await conversation.is_shown(anya, card)


async def test_settings_change_in_place_and_are_remembered(
    conversation: Conversation, anya: User
) -> None:
    """Each press edits the same message; the next picture begins with what was chosen."""
    card = await conversation.hear(anya, "🖼 Изображение")
    for label in ("Широкий", "4 шт.", "Премиум"):
        await conversation.press(anya, await conversation.look(anya, card), label)
    await conversation.hear(anya, "красное яблоко")
    card = await conversation.hear(anya, "🖼 Изображение")
    assert current(labels(card)) == ["Широкий", "4 шт.", "Премиум"]
    job = await conversation.job(anya)
    assert job.request.model == "fal-ai/nano-banana"
    assert job.request.options == {"size": "wide", "count": 4, "style": "none"}


async def test_a_style_is_chosen_from_a_list(conversation: Conversation, anya: User) -> None:
    """The list opens in the same message, marks the current style and leads back."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "🎨 Без стиля")
    styles = await conversation.look(anya, card)
    assert current(labels(styles)) == ["Без стиля"]
    await conversation.press(anya, styles, "Акварель")
    assert "🎨 Стиль: Акварель" in labels(await conversation.look(anya, card))
    answer = await conversation.hear(anya, "красное яблоко")
    assert "Акварель" in answer["text"]
    assert (await conversation.job(anya)).request.options["style"] == "watercolour"


async def test_a_list_of_styles_leads_back_without_a_choice(
    conversation: Conversation, anya: User
) -> None:
    """«Назад» shows the card as it was."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "🎨 Без стиля")
    await conversation.press(anya, await conversation.look(anya, card), "← Назад")
    assert labels(await conversation.look(anya, card)) == labels(card)


async def test_what_to_leave_out_is_offered_where_the_model_can(
    conversation: Conversation, anya: User
) -> None:
    """The standard model takes no negative prompt, the premium one does."""
    card = await conversation.hear(anya, "🖼 Изображение")
    assert "🚫 Что не показывать" not in labels(card)
    await conversation.press(anya, card, "Премиум")
    assert "🚫 Что не показывать" in labels(await conversation.look(anya, card))


async def test_what_to_leave_out_is_asked_for_and_sent_along(
    conversation: Conversation, anya: User
) -> None:
    """The text after the question is no prompt; the card comes back with it below."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Премиум")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.hear(anya, "люди, текст")
    assert "Не показывать: люди, текст" in card["text"]
    assert await conversation.job_count(anya) == 0
    answer = await conversation.hear(anya, "пустой город")
    assert "без: люди, текст" in answer["text"]
    assert (await conversation.job(anya)).request.options["negative_prompt"] == "люди, текст"


async def test_what_was_left_out_can_be_let_in_again(
    conversation: Conversation, anya: User
) -> None:
    """«Показывать всё» forgets the negative prompt and shows the card."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Премиум")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.hear(anya, "люди")
    await conversation.press(anya, card, "🚫 Не показывать: изменить")
    await conversation.press(anya, await conversation.look(anya, card), "Показывать всё")
    card = await conversation.look(anya, card)
    assert "Не показывать" not in card["text"]
    assert "🚫 Что не показывать" in labels(card)


async def test_a_long_list_of_what_to_leave_out_is_declined_with_both_numbers(
    conversation: Conversation, anya: User
) -> None:
    """The question stands until it is answered."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Премиум")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    answer = await conversation.hear(anya, "я" * 501)
    assert "501 знак" in answer["text"]
    assert "500" in answer["text"]
    assert "Не показывать: люди" in (await conversation.hear(anya, "люди"))["text"]


async def test_what_the_other_model_lacks_is_dropped_quietly_and_not_forgotten(
    conversation: Conversation, anya: User
) -> None:
    """A negative prompt is no part of a standard job, and is back with the premium model."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Премиум")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.hear(anya, "люди")
    await conversation.press(anya, card, "Стандарт")
    assert "люди" not in (await conversation.look(anya, card))["text"]
    await conversation.press(anya, await conversation.look(anya, card), "Премиум")
    assert "люди" in (await conversation.look(anya, card))["text"]


async def test_cancel_ends_the_conversation(conversation: Conversation, anya: User) -> None:
    """After it a text is no prompt any more."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Отмена")
    assert (await conversation.look(anya, card))["text"] == "Хорошо, отменено."
    await conversation.hear(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 0


async def test_one_line_makes_a_picture_with_the_remembered_settings(
    conversation: Conversation, anya: User
) -> None:
    """/image with a prompt asks for nothing more."""
    card = await conversation.hear(anya, "/image")
    await conversation.press(anya, card, "Широкий")
    answer = await conversation.hear(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    assert job.id in answer["text"]
    assert job.request.prompt == "красное яблоко"
    assert job.request.options["size"] == "wide"


async def test_the_next_picture_does_not_wait_for_the_last(
    conversation: Conversation, anya: User
) -> None:
    """Two prompts make two jobs, whatever became of the first."""
    await conversation.hear(anya, "/image красное яблоко")
    await conversation.hear(anya, "🖼 Изображение")
    await conversation.hear(anya, "зелёное яблоко")
    assert await conversation.job_count(anya) == 2


async def test_a_prompt_that_is_too_long_is_declined_with_both_numbers(
    conversation: Conversation, anya: User
) -> None:
    """The person may shorten it: the card stays open."""
    await conversation.hear(anya, "🖼 Изображение")
    answer = await conversation.hear(anya, "я" * 3502)
    assert "3 502 знака" in answer["text"].replace("\xa0", " ")
    assert "3 000" in answer["text"].replace("\xa0", " ")
    assert await conversation.job_count(anya) == 0
    await anya.say("я" * 3000)
    (update,) = await conversation.updates()
    update["message"]["date"] += 10  # what follows at once is the rest of it
    await conversation.handle(update)
    assert await conversation.job_count(anya) == 1


async def test_a_card_that_was_replaced_has_no_say(conversation: Conversation, anya: User) -> None:
    """The older card is gone, and a press that was under way is answered kindly."""
    old = await conversation.hear(anya, "🖼 Изображение")
    await conversation.hear(anya, "🎬 Видео")
    assert not await conversation.is_shown(anya, old)
    answer = await press(conversation, anya, old, f"set|{anya.id}|quality|premium")
    assert "устарела" in answer["text"]
    assert answer["show_alert"]


async def test_the_same_update_again_makes_no_second_job(
    conversation: Conversation, anya: User
) -> None:
    """A worker that died after the job was made handles the update again: one job, one answer."""
    await anya.say("/image красное яблоко")
    (update,) = await conversation.updates()
    await conversation.handle(update)
    chat = await anya.messages()
    await conversation.handle(update)
    assert await anya.messages() == chat
    assert await conversation.job_count(anya) == 1


async def test_a_job_goes_on_when_its_card_cannot_be_sent(
    conversation: Conversation, anya: User
) -> None:
    """The worker shows the end in a message of its own; the conversation is over."""
    await conversation.hear(anya, "🖼 Изображение")
    await conversation.disturb("sendMessage", status=500)
    await conversation.hear(anya, "красное яблоко")
    assert (await conversation.job(anya)).progress_message_id is None
    assert "изображение или видео" in (await conversation.hear(anya, "спасибо"))["text"]
