from tests.user import User
from tests.worker.bot.conversation import Conversation, forward, labels
from tests.worker.bot.test_forged_callbacks import press
from worker.model import Kind, Status


def current(labels: list[str]) -> list[str]:
    return [label.removeprefix("✓ ") for label in labels if label.startswith("✓")]


async def test_image_button_opens_the_card(conversation: Conversation, anya: User) -> None:
    """It asks for the prompt and marks the current settings."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    assert "Опишите, что нарисовать" in card["text"]
    assert labels(card)[:8] == [
        *("✓ 1:1", "3:4", "9:16", "16:9", "Размер: Квадрат 1:1", "Модель: FLUX.1 schnell"),
        *("Количество: 1", "Стиль: нет"),
    ]


async def test_card_in_english(conversation: Conversation, ben: User) -> None:
    card = await conversation.send_text(ben, "🖼 Image")
    assert "Describe what to draw" in card["text"]
    assert labels(card)[:8] == [
        *("✓ 1:1", "3:4", "9:16", "16:9", "Size: Square 1:1", "Model: FLUX.1 schnell"),
        *("Count: 1", "Style: none"),
    ]
    answer = await conversation.send_text(ben, "a red apple")
    assert "Your job is in" in answer["text"]


async def test_prompt_becomes_a_job(conversation: Conversation, anya: User) -> None:
    """The next text is the prompt; the answer has the job's id and replies to it."""
    await conversation.send_text(anya, "🖼 Изображение")
    answer = await conversation.send_text(anya, "красное яблоко")
    job = await conversation.job(anya)
    assert job.id in answer["text"]
    assert answer["reply_to_message"]["message_id"] == job.request.message_id
    assert job.progress_message_id == answer["message_id"]
    assert (job.status, job.request.kind) == (Status.CREATED, Kind.IMAGE)
    assert (job.request.prompt, job.request.language) == ("красное яблоко", "ru")
    assert job.request.model == "fal-ai/flux/schnell"
    assert job.request.options == {"size": "square", "count": 1, "style": "none"}


async def test_card_goes_when_its_job_starts(conversation: Conversation, anya: User) -> None:
    """The settings of a started job cannot be changed."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.send_text(anya, "красное яблоко")
    assert not await conversation.is_shown(anya, card)


async def test_settings_change_in_place_and_are_stored(
    conversation: Conversation, anya: User
) -> None:
    """Each press edits the same message; the next card starts with them."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Размер", "16:9")
    await conversation.choose(anya, card, "Количество", "4 шт.")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.send_text(anya, "красное яблоко")
    card = await conversation.send_text(anya, "🖼 Изображение")
    assert current(labels(card)) == ["16:9"]
    assert {"Размер: Широкий 16:9", "Количество: 4"} <= {*labels(card)}
    job = await conversation.job(anya)
    assert job.request.model == "fal-ai/nano-banana"
    assert job.request.options == {"size": "wide", "count": 4, "style": "none"}


async def test_style_list(conversation: Conversation, anya: User) -> None:
    """It opens in the same message, marks the current style and leads back."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Стиль: нет")
    styles = await conversation.look(anya, card)
    assert current(labels(styles)) == ["Без стиля"]
    await conversation.press(anya, styles, "Акварель")
    assert "Стиль: Акварель" in labels(await conversation.look(anya, card))
    answer = await conversation.send_text(anya, "красное яблоко")
    assert "Акварель" in answer["text"]
    assert (await conversation.job(anya)).request.options["style"] == "watercolour"


async def test_style_list_leads_back_without_a_choice(
    conversation: Conversation, anya: User
) -> None:
    """«Назад» shows the card as it was."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Стиль: нет")
    await conversation.press(anya, await conversation.look(anya, card), "← Назад")
    assert labels(await conversation.look(anya, card)) == labels(card)


async def test_negative_prompt_is_offered_if_the_model_has_one(
    conversation: Conversation, anya: User
) -> None:
    """Nano Banana has one, FLUX.1 schnell does not."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    assert "🚫 Что не показывать" not in labels(card)
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    assert "🚫 Что не показывать" in labels(await conversation.look(anya, card))


async def test_negative_prompt_is_asked_for_and_sent(
    conversation: Conversation, anya: User
) -> None:
    """The text after the question is no prompt; the card returns below it."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.send_text(anya, "люди, текст")
    assert "Не показывать: люди, текст" in card["text"]
    assert await conversation.job_count(anya) == 0
    answer = await conversation.send_text(anya, "пустой город")
    assert "без: люди, текст" in answer["text"]
    assert (await conversation.job(anya)).request.options["negative_prompt"] == "люди, текст"


async def test_negative_prompt_can_be_reset(conversation: Conversation, anya: User) -> None:
    """«Показывать всё» removes it and shows the card."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.send_text(anya, "люди")
    await conversation.press(anya, card, "🚫 Не показывать: изменить")
    await conversation.press(anya, await conversation.look(anya, card), "Показывать всё")
    card = await conversation.look(anya, card)
    assert "Не показывать" not in card["text"]
    assert "🚫 Что не показывать" in labels(card)


async def test_long_negative_prompt_is_declined(conversation: Conversation, anya: User) -> None:
    """With its length and the limit; the question stays until it is answered."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    answer = await conversation.send_text(anya, "я" * 501)
    assert "501 знак" in answer["text"]
    assert "500" in answer["text"]
    assert "Не показывать: люди" in (await conversation.send_text(anya, "люди"))["text"]


async def test_negative_prompt_is_kept_for_a_model_that_has_one(
    conversation: Conversation, anya: User
) -> None:
    """FLUX.1 schnell does not have it; after a return to Nano Banana it is there."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.press(anya, await conversation.look(anya, card), "🚫 Что не показывать")
    card = await conversation.send_text(anya, "люди")
    await conversation.choose(anya, card, "Модель", "FLUX.1 schnell")
    assert "люди" not in (await conversation.look(anya, card))["text"]
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    assert "люди" in (await conversation.look(anya, card))["text"]


async def test_cancel_ends_the_conversation(conversation: Conversation, anya: User) -> None:
    """After it a text is no prompt."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.press(anya, card, "Отмена")
    assert (await conversation.look(anya, card))["text"] == "Хорошо, отменено."
    await conversation.send_text(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 0


async def test_image_command_uses_the_stored_settings(
    conversation: Conversation, anya: User
) -> None:
    """/image with a prompt asks nothing."""
    card = await conversation.send_text(anya, "/image")
    await conversation.choose(anya, card, "Размер", "16:9")
    answer = await conversation.send_text(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    assert job.id in answer["text"]
    assert job.request.prompt == "красное яблоко"
    assert job.request.options["size"] == "wide"


async def test_next_order_does_not_wait(conversation: Conversation, anya: User) -> None:
    """Two prompts make two jobs, whatever the status of the first."""
    await conversation.send_text(anya, "/image красное яблоко")
    await conversation.send_text(anya, "🖼 Изображение")
    await conversation.send_text(anya, "зелёное яблоко")
    assert await conversation.job_count(anya) == 2


async def test_long_prompt_is_declined(conversation: Conversation, anya: User) -> None:
    """With its length and the limit; the card stays open for a shorter one."""
    await conversation.send_text(anya, "🖼 Изображение")
    answer = await conversation.send_text(anya, "я" * 3502)
    assert "3 502 знака" in answer["text"].replace("\xa0", " ")
    assert "3 000" in answer["text"].replace("\xa0", " ")
    assert await conversation.job_count(anya) == 0
    await anya.say("я" * 3000)
    (update,) = await conversation.updates()
    update["message"]["date"] += 10  # what follows at once is the rest of it
    await conversation.handle(update)
    assert await conversation.job_count(anya) == 1


async def test_replaced_card_is_inactive(conversation: Conversation, anya: User) -> None:
    """The older card is gone, and a press on it is answered politely."""
    old = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.send_text(anya, "🎬 Видео")
    assert not await conversation.is_shown(anya, old)
    answer = await press(conversation, anya, old, f"set|{anya.id}|quality|premium")
    assert "устарела" in answer["text"]
    assert answer["show_alert"]


async def test_repeated_update_makes_no_second_job(conversation: Conversation, anya: User) -> None:
    """After a worker's death the update is handled again: one job, one answer."""
    await anya.say("/image красное яблоко")
    (update,) = await conversation.updates()
    await conversation.handle(update)
    chat = await anya.messages()
    await conversation.handle(update)
    assert await anya.messages() == chat
    assert await conversation.job_count(anya) == 1


async def test_job_continues_without_its_card(conversation: Conversation, anya: User) -> None:
    """The worker sends the end in a message of its own; the conversation is over."""
    await conversation.send_text(anya, "🖼 Изображение")
    await conversation.disturb("sendMessage", status=500)
    await conversation.send_text(anya, "красное яблоко")
    assert (await conversation.job(anya)).progress_message_id is None
    assert "изображение или видео" in (await conversation.send_text(anya, "кот на скейте"))["text"]


async def test_forwarded_command_waits_for_a_press(conversation: Conversation, anya: User) -> None:
    """Somebody else's words start nothing by themselves."""
    await anya.say("/image красное яблоко")
    (update,) = await conversation.updates()
    await conversation.handle(forward(update))
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    assert (await conversation.job(anya)).request.prompt == "красное яблоко"
