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
    """What the bot says last to a picture."""
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
async def test_a_caption_edits_the_picture_at_once(
    conversation: Conversation, anya: User, caption: str, send_as: str
) -> None:
    """Compressed or as a file, with or without the command; the largest size is taken."""
    sent = await anya.send_files(drawing(), caption=caption, send_as=send_as)
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.kind, request.model) == ("сделай ярче", Kind.IMAGE, EDIT)
    assert request.pictures == (brought(sent),)
    assert request.message_id == sent["message_id"]


@pytest.mark.parametrize("caption", ["/video волны бегут", "🎬 волны бегут"])
async def test_a_caption_animates_the_picture(
    conversation: Conversation, anya: User, caption: str
) -> None:
    """By the command, or by the sign of a clip."""
    await send(conversation, anya, caption)
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.kind) == ("волны бегут", Kind.VIDEO)
    assert request.model.endswith(ANIMATE)
    assert len(request.pictures) == 1


async def test_options_in_a_caption_are_understood(conversation: Conversation, anya: User) -> None:
    """The same line as after a command."""
    await send(conversation, anya, "/video 8s без звука волны бегут --seed 7")
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert request.prompt == "волны бегут"
    assert request.options | {"duration": 8, "audio": False, "seed": 7} == request.options


async def test_another_command_above_a_picture_makes_nothing_of_it(
    conversation: Conversation, anya: User
) -> None:
    """A command is never taken for a prompt."""
    assert "/help" in (await send(conversation, anya, "/frobnicate"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_a_picture_without_words_is_asked_about(
    conversation: Conversation, anya: User
) -> None:
    """Below the picture: what could be done; the words that come next edit it."""
    card = await send(conversation, anya)
    assert "Что сделать с этим изображением?" in card["text"]
    assert works(card) == WORKS
    assert "photo" in card["reply_to_message"]
    await conversation.hear(anya, "сделай ярче")
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.model, len(request.pictures)) == ("сделай ярче", EDIT, 1)
    assert not await conversation.is_shown(anya, card)


async def test_a_picture_is_animated_by_a_button(conversation: Conversation, anya: User) -> None:
    """The same message shows the clip's settings then."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.look(anya, card)
    assert "Опишите, что должно происходить" in card["text"]
    await conversation.press(anya, card, "8 с")
    await conversation.hear(anya, "волны бегут")
    request = (await conversation.job(anya)).request
    assert (request.kind, request.options["duration"]) == (Kind.VIDEO, 8)
    assert len(request.pictures) == 1


async def test_a_picture_is_enlarged_without_words(conversation: Conversation, anya: User) -> None:
    """A press starts it; words are not a start."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "⬆️ Увеличить")
    card = await conversation.look(anya, card)
    await conversation.press(anya, card, "×4")
    assert "нажмите кнопку" in (await conversation.hear(anya, "давай"))["text"]
    card = await conversation.look(anya, card)
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.model, request.options["scale"]) == ("fal-ai/clarity-upscaler", 4)
    assert request.message_id == card["reply_to_message"]["message_id"]


async def test_further_pictures_join_the_card(conversation: Conversation, anya: User) -> None:
    """One by one: the newest card holds them all, for a model that takes several."""
    first = await send(conversation, anya)
    card = await send(conversation, anya)
    assert not await conversation.is_shown(anya, first)
    assert "Изображений: 2" in card["text"]
    await conversation.hear(anya, "соедини их")
    assert len((await conversation.job(anya)).request.pictures) == 2


async def test_of_several_pictures_only_the_last_may_be_kept(
    conversation: Conversation, anya: User
) -> None:
    """Whoever changed their mind sends another picture and lets the first one go."""
    await send(conversation, anya)
    last = await anya.send_files(drawing("blue"), send_as="photo")
    await conversation.catch_up()
    await conversation.press(anya, await anya.last_from_bot(), "Оставить только последнее")
    await conversation.hear(anya, "ярче")
    assert (await conversation.job(anya)).request.pictures == (brought(last),)


async def test_what_takes_one_picture_asks_which(conversation: Conversation, anya: User) -> None:
    """Two pictures cannot both begin a clip."""
    await send(conversation, anya)
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.look(anya, card)
    assert "Какое взять?" in card["text"]
    await conversation.press(anya, card, "2")
    await conversation.hear(anya, "волны бегут")
    assert len((await conversation.job(anya)).request.pictures) == 1


async def test_words_before_the_choice_of_a_picture_are_kept(
    conversation: Conversation, anya: User
) -> None:
    """They are needed next, so nobody says that they are not; then the choice starts the order, for its price."""
    await send(conversation, anya)
    card = await send(conversation, anya)
    await conversation.press(anya, card, "🎬 Оживить")
    card = await conversation.hear(anya, "волны бегут")
    assert "Какое взять?" in card["text"]
    await conversation.press(anya, card, "2")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("волны бегут", 1)


@pytest.mark.parametrize(
    ("size", "factors"),
    [((64, 48), ["×2", "×4"]), ((2560, 1920), ["×2"]), ((4400, 4000), [])],
)
@pytest.mark.parametrize("chosen_before", [False, True])
async def test_a_factor_that_makes_too_much_of_a_picture_is_not_offered(
    conversation: Conversation,
    anya: User,
    size: tuple[int, int],
    factors: list[str],
    *,
    chosen_before: bool,
) -> None:
    """64 megapixels are the limit: what is chosen for other pictures gives way, and nothing is ordered that fails."""
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
    assert [label for label in shown if label.startswith("×")] == factors
    assert any(label.startswith("▶️ Начать") for label in shown) is bool(factors)
    if not factors:
        assert "увеличить его уже нельзя" in card["text"]
        return
    await conversation.press(anya, card, "▶️ Начать")
    expected = int(factors[-1][1:]) if chosen_before else 2
    assert (await conversation.job(anya)).request.options["scale"] == expected


async def test_words_for_what_takes_none_are_declined(
    conversation: Conversation, anya: User
) -> None:
    """An upscale needs a press only."""
    card = await send(conversation, anya)
    await conversation.press(anya, card, "⬆️ Увеличить")
    assert "Здесь слова не нужны" in (await conversation.hear(anya, "побольше"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_a_picture_for_a_card_about_words_makes_it_an_edit(
    conversation: Conversation, anya: User
) -> None:
    """«🎬 Видео», then a photo: that photo is to move."""
    await conversation.hear(anya, "🎬 Видео")
    await send(conversation, anya)
    await conversation.hear(anya, "волны бегут")
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
async def test_an_answer_to_a_picture_goes_on_from_it(
    conversation: Conversation, anya: User, text: str, model: str
) -> None:
    """Whatever picture it is, however old."""
    sent = await anya.send_files(drawing(), send_as="document")
    await conversation.hear(anya, "/start")
    await conversation.hear(anya, text, reply_to=sent["message_id"])
    if model != EDIT:
        await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.model) == ("сделай ярче", model)
    assert request.pictures == (brought(sent),)


async def test_an_answer_to_a_result_goes_on_from_our_own_file(
    conversation: Conversation, anya: User
) -> None:
    """Storage has every byte of it; Telegram has less."""
    job = await made(conversation, anya)
    shown = await send(conversation, anya)
    index = MessageIndex(conversation.dispatcher["redis"])
    await index.remember(anya.chat_id, {shown["message_id"]: ResultRef(job.id, 1)})
    await conversation.hear(anya, "сделай ярче", reply_to=shown["message_id"])
    request = (await conversation.job(anya)).request
    assert request.pictures == (Picture(key="images/two.png", pixels=64 * 64),)
    assert request.source == job.id


@pytest.mark.parametrize("is_ours", [False, True])
async def test_an_answer_to_a_picture_of_another_chat_goes_on_from_it(
    conversation: Conversation, anya: User, *, is_ours: bool
) -> None:
    """Telegram passes the picture on with the answer; what we made is taken from our own storage all the same."""
    job = await made(conversation, anya)
    sent = await anya.send_files(drawing(), send_as="document")
    await conversation.catch_up()
    if is_ours:
        index = MessageIndex(conversation.dispatcher["redis"])
        await index.remember(-100777, {sent["message_id"]: ResultRef(job.id, 1)})
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
    expected = Picture(key="images/two.png", pixels=64 * 64) if is_ours else brought(sent)
    assert (request.prompt, request.pictures) == ("сделай ярче", (expected,))


async def made(conversation: Conversation, user: User) -> Job:
    await conversation.hear(user, "/image --count 2 красное яблоко")
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
        ({"mime_type": "image/gif", "file_size": 900}, "Из файлов я читаю только изображения"),
    ],
)
async def test_a_picture_that_cannot_be_used_is_told_why(
    conversation: Conversation, anya: User, document: dict[str, object], said: str
) -> None:
    """Before anything is fetched: what is wrong, and what to send instead."""
    sent = dict(await anya.say("..."))
    await conversation.catch_up()
    del sent["text"]
    sent["document"] = {"file_id": "f", "file_unique_id": "u", **document}
    sent["from"] |= {"language_code": "ru"}
    await conversation.handle({"update_id": 1, "message": sent})
    assert said in (await anya.last_from_bot())["text"]


@pytest.mark.usefixtures("without_privacy")
async def test_in_a_group_a_picture_counts_when_the_bot_is_meant(
    conversation: Conversation, anya: User
) -> None:
    """A photo for the colleagues is theirs; with a mention or a command it is an order, without that word in it."""
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


async def test_in_a_group_a_colleagues_picture_is_edited_by_an_answer(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """The one who answers is the one who asks for it."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
    sent = await anya.in_chat(group).send_files(drawing(), caption="смотрите", send_as="photo")
    await ben.in_chat(group).say("/image@darkroom_bot brighter", sent["message_id"])
    await conversation.catch_up()
    request = (await conversation.job(ben)).request
    assert (request.prompt, request.pictures) == ("brighter", (brought(sent),))
    assert await conversation.job_count(anya) == 0


@pytest.mark.usefixtures("without_privacy")
async def test_in_a_group_a_picture_that_cannot_be_used_is_told_why_to_whoever_meant_the_bot(
    conversation: Conversation, anya: User
) -> None:
    """The colleagues' own files are passed over in silence."""
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
async def test_in_a_group_an_order_above_what_is_no_picture_is_told_why(
    conversation: Conversation,
    anya: User,
    held: dict[str, object],
    caption: str,
    *,
    is_meant: bool,
) -> None:
    """Words that call the bot get an answer, whatever stands above them."""
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
async def test_the_words_under_a_forwarded_image_start_nothing_by_themselves(
    conversation: Conversation, anya: User, number: int
) -> None:
    """Somebody else wrote them for others: they stand on the card with the price, and a press starts."""
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
async def test_what_the_bot_wrote_under_a_forwarded_result_is_no_prompt(
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
    """A file of this content that says of itself that it is of another type."""
    sent = await user.send_files(content, caption=caption, send_as="document")
    (update,) = await conversation.updates()
    update["message"]["document"]["mime_type"] = declared
    await conversation.handle(update)
    return sent


@pytest.mark.parametrize("declared", DECLARED)
async def test_a_jpeg_is_taken_whatever_type_it_is_declared_as(
    conversation: Conversation, anya: User, declared: str
) -> None:
    """The content decides, and neither a type nor a name comes before it."""
    sent = await send_declared(conversation, anya, drawing(form="JPEG"), declared, "сделай ярче")
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.pictures) == ("сделай ярче", (brought(sent),))


@pytest.mark.parametrize("content", UNREAD)
@pytest.mark.parametrize("declared", ["image/heic", "image/jpeg"])
@pytest.mark.parametrize("caption", ["", "сделай ярче", "/video"])
async def test_a_format_that_cannot_be_read_is_refused_and_orders_nothing(
    conversation: Conversation, anya: User, content: bytes, declared: str, caption: str
) -> None:
    """It is said what to send instead, whatever the file is declared as."""
    await send_declared(conversation, anya, content, declared, caption)
    assert "JPEG, PNG и WebP" in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0


@pytest.mark.parametrize("text", ["/image кот", "/video кот", "/image", "сделай ярче"])
async def test_an_answer_to_a_format_that_cannot_be_read_orders_nothing(
    conversation: Conversation, anya: User, text: str
) -> None:
    """Nothing is made from the words alone."""
    sent = await send_declared(conversation, anya, HEIC, "image/heic")
    await anya.say(text, sent["message_id"])
    (update,) = await conversation.updates()
    update["message"]["reply_to_message"]["document"]["mime_type"] = "image/heic"
    await conversation.handle(update)
    *_, earlier, last = await anya.from_bot()
    assert last["message_id"] > sent["message_id"] < earlier["message_id"]
    assert "JPEG, PNG и WebP" in last["text"]
    assert await conversation.job_count(anya) == 0


async def test_a_mask_that_cannot_be_read_is_refused_and_the_card_stays(
    conversation: Conversation, anya: User
) -> None:
    """Another one can be sent in its place."""
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
    ({"voice": FILE | {"duration": 1}}, "Слушать"),
    ({"document": FILE | {"mime_type": "application/pdf"}}, "Из файлов"),
    ({"document": FILE | {"mime_type": "image/png", "file_size": 21 * 1024 * 1024}}, "20 МБ"),
    ({"video": SIZED | {"duration": 1}}, "видео"),
    ({"animation": SIZED | {"duration": 1}}, "видео"),
]


@pytest.mark.parametrize(("held", "said"), UNUSABLE)
@pytest.mark.parametrize("command", ["/image кот", "/video кот", "/image"])
async def test_a_command_in_answer_to_what_cannot_be_used_orders_nothing(
    conversation: Conversation, anya: User, held: dict[str, object], said: str, command: str
) -> None:
    """What is wrong with it is said; nothing is made from the words alone."""
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
async def test_a_type_that_nobody_knows_does_not_decide(
    conversation: Conversation, anya: User, name: str
) -> None:
    """image/apng and image/pjpeg, and what an app does not name at all: the content shows what they are."""
    for mime_type in ("image/apng", "image/pjpeg", "application/octet-stream"):
        await anya.send_files(drawing(), caption=f"ярче {mime_type}", send_as="document")
        (update,) = await conversation.updates()
        update["message"]["document"] |= {"mime_type": mime_type, "file_name": name}
        await conversation.handle(update)
        assert (await conversation.job(anya)).request.prompt == f"ярче {mime_type}"
