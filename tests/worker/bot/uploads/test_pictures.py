import pytest

from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import brought, drawing
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import File, Job, Kind, Picture

WORKS = ["✏️ Изменить", "🎬 Оживить", "🖌 Изменить часть", "⬆️ Увеличить"]
EDIT, ANIMATE = "fal-ai/nano-banana/edit", "seedance/v1.5/pro/image-to-video"


async def send(
    conversation: Conversation, user: User, caption: str = "", send_as: str = "photo"
) -> Message:
    """Send an image; return the bot's last message."""
    await user.send_files(drawing(), caption=caption, send_as=send_as)
    await conversation.catch_up()
    return await user.last_from_bot()


def works(card: Message) -> list[str]:
    return [label.removeprefix("✓ ") for label in labels(card)][: len(WORKS)]


def file_id(message: Message) -> str:
    document = message.get("document")
    found: str = document["file_id"] if document else message["photo"][-1]["file_id"]
    return found


@pytest.mark.parametrize("send_as", ["photo", "document"])
@pytest.mark.parametrize("caption", ["сделай ярче", "/image сделай ярче"])
async def test_caption_edits_the_image(
    conversation: Conversation, anya: User, caption: str, send_as: str
) -> None:
    """As a photo or a file, with or without the command; the largest size is used."""
    sent = await anya.send_files(drawing(), caption=caption, send_as=send_as)
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.kind, request.model) == ("сделай ярче", Kind.IMAGE, EDIT)
    assert request.pictures == (brought(sent),)
    assert request.message_id == sent["message_id"]


@pytest.mark.parametrize("caption", ["/video волны бегут", "🎬 волны бегут"])
async def test_caption_animates_the_image(
    conversation: Conversation, anya: User, caption: str
) -> None:
    """By the command, or by the emoji of a video."""
    await send(conversation, anya, caption)
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.kind) == ("волны бегут", Kind.VIDEO)
    assert request.model.endswith(ANIMATE)
    assert len(request.pictures) == 1


async def test_options_in_a_caption(conversation: Conversation, anya: User) -> None:
    """As after a command."""
    await send(conversation, anya, "/video 8s без звука волны бегут --seed 7")
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert request.prompt == "волны бегут"
    assert request.options | {"duration": 8, "audio": False, "seed": 7} == request.options


async def test_other_command_in_a_caption_orders_nothing(
    conversation: Conversation, anya: User
) -> None:
    """A command is never a prompt."""
    assert "/help" in (await send(conversation, anya, "/frobnicate"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_image_without_a_caption_asks_what_to_do(
    conversation: Conversation, anya: User
) -> None:
    """The choice is below the image; the next text edits it."""
    card = await send(conversation, anya)
    assert "Что сделать с этим изображением?" in card["text"]
    assert works(card) == WORKS
    assert "photo" in card["reply_to_message"]
    await conversation.send_text(anya, "сделай ярче")
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.model, len(request.pictures)) == ("сделай ярче", EDIT, 1)
    assert not await conversation.is_shown(anya, card)


async def test_animate_by_button(conversation: Conversation, anya: User) -> None:
    """The same message then shows the video's settings."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.look(anya, card)
    assert "Опишите, что должно происходить" in card["text"]
    await conversation.press(anya, card, "8 с")
    await conversation.send_text(anya, "волны бегут")
    request = (await conversation.job(anya)).request
    assert (request.kind, request.options["duration"]) == (Kind.VIDEO, 8)
    assert len(request.pictures) == 1


async def test_upscale_needs_no_prompt(conversation: Conversation, anya: User) -> None:
    """A press starts it, a text does not."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "⬆️ Увеличить")
    card = await conversation.look(anya, card)
    await conversation.press(anya, card, "×4")
    assert "нажмите кнопку" in (await conversation.send_text(anya, "давай"))["text"]
    card = await conversation.look(anya, card)
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.model, request.options["scale"]) == ("fal-ai/seedvr/upscale/image", 4)
    assert request.message_id == card["reply_to_message"]["message_id"]


async def test_further_images_join_the_card(conversation: Conversation, anya: User) -> None:
    """The newest card has them all, for a model that accepts several."""
    first = await send(conversation, anya)
    card = await send(conversation, anya)
    assert not await conversation.is_shown(anya, first)
    assert "Изображений: 2" in card["text"]
    await conversation.send_text(anya, "соедини их")
    assert len((await conversation.job(anya)).request.pictures) == 2


async def test_keep_only_the_last_image(conversation: Conversation, anya: User) -> None:
    """For a user who sends another image instead of the first."""
    await send(conversation, anya)
    last = await anya.send_files(drawing("blue"), send_as="photo")
    await conversation.catch_up()
    await conversation.press(anya, await anya.last_from_bot(), "Оставить только последнее")
    await conversation.send_text(anya, "ярче")
    assert (await conversation.job(anya)).request.pictures == (brought(last),)


async def test_single_image_task_asks_which_image(conversation: Conversation, anya: User) -> None:
    """A video starts from one image."""
    await send(conversation, anya)
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.look(anya, card)
    assert "Какое взять?" in card["text"]
    await conversation.press(anya, card, "2")
    await conversation.send_text(anya, "волны бегут")
    assert len((await conversation.job(anya)).request.pictures) == 1


async def test_prompt_before_the_choice_of_an_image_is_kept(
    conversation: Conversation, anya: User
) -> None:
    """It is needed next; then the choice starts the order, for its price."""
    await send(conversation, anya)
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.send_text(anya, "волны бегут")
    assert "Какое взять?" in card["text"]
    await conversation.press(anya, card, "2")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("волны бегут", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "factors"),
    [((480, 320), ["×2", "×4"]), ((2560, 1920), ["×2"]), ((4400, 4000), [])],
)
@pytest.mark.parametrize("chosen_before", [False, True])
async def test_too_large_scale_is_not_offered(
    conversation: Conversation,
    anya: User,
    size: tuple[int, int],
    factors: list[str],
    *,
    chosen_before: bool,
) -> None:
    """The limit is 64 megapixels: a stored scale gives way, and no failing order starts."""
    if chosen_before:
        card = await send(conversation, anya)
        await conversation.press(anya, card, "⬆️ Увеличить")
        await conversation.press(anya, await conversation.look(anya, card), "×4")
    await anya.send_files(drawing(size=size), send_as="document")
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "⬆️ Увеличить")
    card = await conversation.look(anya, card)
    shown = [label.removeprefix("✓ ") for label in labels(card)]
    found = [label.partition(" · ")[0] for label in shown if label.startswith("×")]
    assert found == factors
    assert any(label.startswith("▶️ Начать") for label in shown) is bool(factors)
    if not factors:
        assert "увеличить его уже нельзя" in card["text"]
        return
    await conversation.press(anya, card, "▶️ Начать")
    expected = int(factors[-1][1:]) if chosen_before else 2
    assert (await conversation.job(anya)).request.options["scale"] == expected


async def test_prompt_for_an_upscale_is_declined(conversation: Conversation, anya: User) -> None:
    """An upscale needs only a press."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "⬆️ Увеличить")
    assert "Здесь слова не нужны" in (await conversation.send_text(anya, "побольше"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_image_for_a_prompt_card_becomes_its_input(
    conversation: Conversation, anya: User
) -> None:
    """«🎬 Видео», then a photo: that photo is animated."""
    await conversation.send_text(anya, "🎬 Видео")
    await send(conversation, anya)
    await conversation.send_text(anya, "волны бегут")
    request = (await conversation.job(anya)).request
    assert request.model.endswith(ANIMATE)
    assert len(request.pictures) == 1


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("сделай ярче", EDIT),
        ("/image сделай ярче", EDIT),
        ("/video сделай ярче", f"fal-ai/bytedance/{ANIMATE}"),
    ],
)
async def test_reply_to_an_image_edits_it(
    conversation: Conversation, anya: User, text: str, model: str
) -> None:
    """Any image, however old."""
    sent = await anya.send_files(drawing(), send_as="document")
    await conversation.send_text(anya, "/start")
    await conversation.send_text(anya, text, reply_to=sent["message_id"])
    if model != EDIT:
        await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.model) == ("сделай ярче", model)
    assert request.pictures == (brought(sent),)


async def test_reply_to_a_result_uses_the_stored_file(
    conversation: Conversation, anya: User
) -> None:
    """Telegram's copy is compressed."""
    job = await made(conversation, anya)
    shown = await send(conversation, anya)
    index = MessageIndex(conversation.dispatcher["redis"])
    await index.remember_sent(anya.chat_id, {shown["message_id"]: ResultRef(job.id, 1)})
    await conversation.send_text(anya, "сделай ярче", reply_to=shown["message_id"])
    request = (await conversation.job(anya)).request
    assert request.pictures == (Picture(key="images/two.png").sized(64, 64),)
    assert request.source == job.id


@pytest.mark.parametrize("is_ours", [False, True])
async def test_reply_to_an_image_of_another_chat(
    conversation: Conversation, anya: User, *, is_ours: bool
) -> None:
    """Telegram sends the image with the reply; a result of ours still comes from our storage."""
    job = await made(conversation, anya)
    sent = await anya.send_files(drawing(), send_as="document")
    await conversation.catch_up()
    if is_ours:
        index = MessageIndex(conversation.dispatcher["redis"])
        await index.remember_sent(-100777, {sent["message_id"]: ResultRef(job.id, 1)})
    await anya.say("сделай ярче")
    (update,) = await conversation.updates()
    update["message"]["external_reply"] = {
        "origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Ben"},
        "chat": {"id": -100777, "type": "supergroup", "title": "Team"},
        "message_id": sent["message_id"],
        "document": sent["document"],
    }
    await conversation.handle(update)
    request = (await conversation.job(anya)).request
    expected = Picture(key="images/two.png").sized(64, 64) if is_ours else brought(sent)
    assert (request.prompt, request.pictures) == ("сделай ярче", (expected,))


async def made(conversation: Conversation, user: User) -> Job:
    await conversation.send_text(user, "/image --count 2 красное яблоко")
    job = await conversation.job(user)
    files = [
        File(key=f"images/{name}.png", content_type="image/png", size=1, width=64, height=64)
        for name in ("one", "two")
    ]
    await conversation.jobs.update_fields(job.id, files=files)
    return job


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"mime_type": "image/jpeg", "file_size": 20 * 1024 * 1024 + 1}, "тяжелее 20 МБ"),
        ({"mime_type": "image/gif", "file_size": 900}, "Из файлов я читаю изображения"),
    ],
)
async def test_unusable_image_is_explained(
    conversation: Conversation, anya: User, document: dict[str, object], said: str
) -> None:
    """Before any download: the reason, and what to send instead."""
    sent = dict(await anya.say("..."))
    await conversation.catch_up()
    del sent["text"]
    sent["document"] = {"file_id": "f", "file_unique_id": "u", **document}
    sent["from"] |= {"language_code": "ru"}
    await conversation.handle({"update_id": 1, "message": sent})
    assert said in (await anya.last_from_bot())["text"]


@pytest.mark.usefixtures("without_privacy")
async def test_image_in_a_group_needs_a_mention(conversation: Conversation, anya: User) -> None:
    """With a mention or a command it is an order, and that word is not in the prompt."""
    base_url = str(conversation.telegram.base_url)
    group = await create_group(base_url, "Команда", [anya])
    here = anya.in_chat(group)
    await here.send_files(drawing(), caption="смотрите", send_as="photo")
    await conversation.catch_up()
    assert await conversation.job_count(anya) == 0
    for caption in ("@darkroom_bot сделай ярче", "/image@darkroom_bot сделай ярче"):
        await here.send_files(drawing(), caption=caption, send_as="photo")
        await conversation.catch_up()
        assert (await conversation.job(anya)).request.prompt == "сделай ярче"
    assert await conversation.job_count(anya) == 2


async def test_reply_edits_a_colleagues_image(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """The job belongs to the user who replies."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
    sent = await anya.in_chat(group).send_files(drawing(), caption="смотрите", send_as="photo")
    await ben.in_chat(group).say("/image@darkroom_bot brighter", sent["message_id"])
    await conversation.catch_up()
    request = (await conversation.job(ben)).request
    assert (request.prompt, request.pictures) == ("brighter", (brought(sent),))
    assert await conversation.job_count(anya) == 0


@pytest.mark.usefixtures("without_privacy")
async def test_unusable_image_in_a_group_is_explained_if_addressed(
    conversation: Conversation, anya: User
) -> None:
    """Other files of colleagues are ignored."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    here = anya.in_chat(group)
    for number, caption in enumerate(("смотрите", "@darkroom_bot сделай ярче")):
        sent = dict(await here.say("..."))
        await conversation.updates()
        del sent["text"]
        heavy = {"file_id": "f", "file_unique_id": "u", "mime_type": "image/png"}
        sent |= {"caption": caption, "document": heavy | {"file_size": 21 * 1024 * 1024}}
        await conversation.handle({"update_id": number + 1, "message": sent})
        assert len(await here.from_bot()) == number


FILE_OF = {"file_id": "f", "file_unique_id": "u"}


@pytest.mark.usefixtures("without_privacy")
@pytest.mark.parametrize(
    "held",
    [
        {"video": FILE_OF | {"width": 9, "height": 9, "duration": 1}},
        {"document": FILE_OF | {"mime_type": "application/pdf"}},
    ],
)
@pytest.mark.parametrize(
    ("caption", "is_meant"),
    [("@darkroom_bot сделай ярче", True), ("/image сделай ярче", True), ("смотрите", False)],
)
async def test_order_with_another_file_in_a_group_is_explained(
    conversation: Conversation,
    anya: User,
    held: dict[str, object],
    caption: str,
    *,
    is_meant: bool,
) -> None:
    """A mention or a command always gets an answer."""
    here = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    sent = dict(await here.say("..."))
    await conversation.updates()
    del sent["text"]
    await conversation.handle({"update_id": 1, "message": sent | held | {"caption": caption}})
    assert len(await here.from_bot()) == is_meant
    assert await conversation.job_count(anya) == 0


CHANNEL_POST = {
    "type": "channel",
    "date": 1_790_000_000,
    "chat": {"id": -1001555, "type": "channel", "title": "Новости"},
    "message_id": 5,
}


@pytest.mark.parametrize("number", [1, 2])
async def test_caption_of_a_forwarded_image_needs_a_press(
    conversation: Conversation, anya: User, number: int
) -> None:
    """Another author wrote it: it is on the card with the price."""
    pictures = [drawing("red"), drawing("blue")][:number]
    await anya.send_files(*pictures, caption="В городе открылся парк", send_as="photo")
    for update in await conversation.updates():
        update["message"]["forward_origin"] = CHANNEL_POST
        await conversation.handle(update)
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    card = await anya.last_from_bot()
    assert "В городе открылся парк" in card["text"]
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("В городе открылся парк", number)


@pytest.mark.parametrize("number", [1, 2])
async def test_caption_of_a_forwarded_result_is_no_prompt(
    conversation: Conversation, anya: User, number: int
) -> None:
    """The card asks what to do with it."""
    pictures = [drawing("red"), drawing("blue")][:number]
    await anya.send_files(*pictures, caption="кот\n\nflux/schnell · $0,003", send_as="photo")
    bot = {"id": conversation.bot.id, "is_bot": True, "first_name": "Darkroom"}
    for update in await conversation.updates():
        origin = {"type": "user", "date": 1_790_000_000, "sender_user": bot}
        update["message"]["forward_origin"] = origin
        await conversation.handle(update)
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    card = await anya.last_from_bot()
    assert "Что сделать с эти" in card["text"]
    assert "flux" not in card["text"]


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(400)
UNREAD = [
    HEIC,
    HEIC.replace(b"heic", b"avif"),
    b"BM" + bytes(400),
    b"II*\0" + bytes(400),
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
]
DECLARED = ["image/heic", "image/heif", "image/avif", "image/bmp", "image/tiff", "image/svg+xml"]


async def send_declared(
    conversation: Conversation, user: User, content: bytes, declared: str, caption: str = ""
) -> Message:
    """Send a file with this content and another declared type."""
    sent = await user.send_files(content, caption=caption, send_as="document")
    (update,) = await conversation.updates()
    update["message"]["document"]["mime_type"] = declared
    await conversation.handle(update)
    return sent


@pytest.mark.parametrize("declared", DECLARED)
async def test_jpeg_with_any_declared_type_is_accepted(
    conversation: Conversation, anya: User, declared: str
) -> None:
    """The content decides, not the type or the name."""
    sent = await send_declared(conversation, anya, drawing(form="JPEG"), declared, "сделай ярче")
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.pictures) == ("сделай ярче", (brought(sent),))


@pytest.mark.slow
@pytest.mark.parametrize("content", UNREAD)
@pytest.mark.parametrize("declared", ["image/heic", "image/jpeg"])
@pytest.mark.parametrize("caption", ["", "сделай ярче", "/video"])
async def test_unreadable_format_is_refused(
    conversation: Conversation, anya: User, content: bytes, declared: str, caption: str
) -> None:
    """The answer says what to send instead, for any declared type."""
    await send_declared(conversation, anya, content, declared, caption)
    assert "JPEG, PNG и WebP" in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0


@pytest.mark.parametrize("text", ["/image кот", "/video кот", "/image", "сделай ярче"])
async def test_reply_to_an_unreadable_format_orders_nothing(
    conversation: Conversation, anya: User, text: str
) -> None:
    """The text alone orders nothing."""
    sent = await send_declared(conversation, anya, HEIC, "image/heic")
    await anya.say(text, sent["message_id"])
    (update,) = await conversation.updates()
    update["message"]["reply_to_message"]["document"]["mime_type"] = "image/heic"
    await conversation.handle(update)
    *_, earlier, last = await anya.from_bot()
    assert last["message_id"] > sent["message_id"] < earlier["message_id"]
    assert "JPEG, PNG и WebP" in last["text"]
    assert await conversation.job_count(anya) == 0


async def test_unreadable_mask_is_refused(conversation: Conversation, anya: User) -> None:
    """The card stays, and another mask can be sent."""
    await anya.send_files(drawing(), send_as="photo")
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "🖌")
    await send_declared(conversation, anya, HEIC, "image/jpeg", "шляпа")
    assert "JPEG, PNG и WebP" in (await anya.last_from_bot())["text"]
    assert await conversation.is_shown(anya, card)
    assert await conversation.job_count(anya) == 0


FILE = {"file_id": "f", "file_unique_id": "u"}
SIZED = FILE | {"width": 9, "height": 9}
STICKER = SIZED | {"type": "regular", "is_animated": False, "is_video": False}
UNUSABLE = [
    ({"sticker": STICKER}, "стикер"),
    ({"voice": FILE | {"duration": 1}}, "Начать с записи не получится"),
    ({"document": FILE | {"mime_type": "application/pdf"}}, "Из файлов"),
    ({"document": FILE | {"mime_type": "image/png", "file_size": 21 * 1024 * 1024}}, "20 МБ"),
    ({"video": SIZED | {"duration": 1, "file_size": 21 * 1024 * 1024}}, "20 МБ"),
    ({"video_note": FILE | {"length": 9, "duration": 1}}, "Начать с записи не получится"),
    ({"animation": SIZED | {"duration": 1}}, "видео"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("held", "said"), UNUSABLE)
@pytest.mark.parametrize("command", ["/image кот", "/video кот", "/image"])
async def test_command_as_a_reply_to_an_unusable_file_orders_nothing(
    conversation: Conversation, anya: User, held: dict[str, object], said: str, command: str
) -> None:
    """The answer gives the reason; the text alone orders nothing."""
    sent = dict(await anya.say("..."))
    await conversation.catch_up()
    await anya.say(command, sent["message_id"])
    (update,) = await conversation.updates()
    answered = update["message"]["reply_to_message"]
    del answered["text"]
    answered |= held
    await conversation.handle(update)
    assert said in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0


@pytest.mark.parametrize("name", ["a.jpg", "a.jfif", "A.JPE", "a.apng"])
async def test_unknown_declared_type_is_ignored(
    conversation: Conversation, anya: User, name: str
) -> None:
    """For image/apng, image/pjpeg or no type the content decides."""
    for mime_type in ("image/apng", "image/pjpeg", "application/octet-stream"):
        await anya.send_files(drawing(), caption=f"ярче {mime_type}", send_as="document")
        (update,) = await conversation.updates()
        update["message"]["document"] |= {"mime_type": mime_type, "file_name": name}
        await conversation.handle(update)
        assert (await conversation.job(anya)).request.prompt == f"ярче {mime_type}"


def oversized() -> bytes:
    """Return a JPEG whose header says 200 megapixels."""
    content = bytearray(drawing(form="JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = (14_000).to_bytes(2) + (14_300).to_bytes(2)
    return bytes(content)


@pytest.mark.parametrize(
    ("file", "said"),
    [(oversized(), "не больше 64 мегапикселей"), (b"not an image" * 99, "Это не изображение")],
)
@pytest.mark.parametrize("caption", ["ярче", "/video волны", ""])
async def test_file_that_cannot_be_used_is_refused_by_its_beginning(
    conversation: Conversation, anya: User, file: bytes, said: str, caption: str
) -> None:
    """No job is made that must fail, and the answer gives the reason."""
    await anya.send_files(file, caption=caption)
    (update,) = await conversation.updates()
    update["message"]["document"] |= {"mime_type": "image/jpeg", "file_name": "photo.jpg"}
    await conversation.handle(update)
    assert said in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0
