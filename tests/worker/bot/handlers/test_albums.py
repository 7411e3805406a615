import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from infra.settings import Settings
from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation, forward, labels
from tests.worker.bot.drawings import brought, drawing, with_hole
from worker.model import Job, Status


async def send(
    conversation: Conversation, user: User, number: int = 3, caption: str = ""
) -> Message:
    """Send an album; return the bot's last message."""
    pictures = [drawing(colour) for colour in ("red", "green", "blue")[:number]]
    await user.send_files(*pictures, caption=caption, send_as="photo")
    await conversation.catch_up()
    return await user.last_from_bot()


async def test_album_without_a_caption_asks_what_to_do(
    conversation: Conversation, anya: User
) -> None:
    """Three images are three updates and one question, after the last one."""
    before = len(await anya.from_bot())
    gathering = await send(conversation, anya)
    assert "Собираю изображения" in gathering["text"]
    await conversation.fall_silent()
    card = await anya.last_from_bot()
    assert "с этими изображениями?" in card["text"]
    assert "Изображений: 3" in card["text"]
    assert len(await anya.from_bot()) == before + 1
    await conversation.send_text(anya, "соедини их")
    request = (await conversation.job(anya)).request
    assert len({picture.file_id for picture in request.pictures}) == 3


async def test_album_with_a_caption_starts_when_complete(
    conversation: Conversation, anya: User
) -> None:
    """Not earlier, although the caption comes with the first image; and only once."""
    await send(conversation, anya, caption="соедини их --seed 7")
    assert await conversation.job_count(anya) == 0
    await conversation.fall_silent()
    await conversation.fall_silent()
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.options["seed"]) == ("соедини их", 7)
    assert len(request.pictures) == 3
    assert await conversation.job_count(anya) == 1


async def test_button_completes_an_album(conversation: Conversation, anya: User) -> None:
    """The press has the effect of the silence, and the silence after it has none."""
    gathering = await send(conversation, anya, caption="соедини их")
    await conversation.press(anya, gathering, "Готово")
    assert await conversation.job_count(anya) == 1
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 1


async def test_cancelled_album_does_not_come_back(conversation: Conversation, anya: User) -> None:
    """The delayed check of its last image does nothing."""
    gathering = await send(conversation, anya)
    await conversation.press(anya, gathering, "Отмена")
    await conversation.fall_silent()
    assert (await anya.last_from_bot())["text"] == "Хорошо, отменено."


async def test_text_right_after_an_album_is_its_caption(
    conversation: Conversation, anya: User
) -> None:
    """Telegram's apps send them separately."""
    await send(conversation, anya)
    await conversation.send_text(anya, "соедини их")
    await conversation.fall_silent()
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("соедини их", 3)


async def test_invalid_options_keep_the_album(conversation: Conversation, anya: User) -> None:
    """The images need not be sent again: the card accepts another prompt."""
    await send(conversation, anya, caption="соедини их --frobnicate")
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    assert "Изображений: 3" in (await anya.last_from_bot())["text"]
    await conversation.send_text(anya, "соедини их")
    assert len((await conversation.job(anya)).request.pictures) == 3


async def test_album_for_a_video_asks_which_image(conversation: Conversation, anya: User) -> None:
    """The prompt is kept, and the answer starts the job."""
    await send(conversation, anya, caption="/video волны бегут")
    await conversation.fall_silent()
    card = await anya.last_from_bot()
    assert labels(card)[:3] == ["1 · $0,21", "2 · $0,21", "3 · $0,21"]
    await conversation.press(anya, card, "2")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("волны бегут", 1)


async def send_pair(conversation: Conversation, user: User, mask: bytes, words: str) -> Job:
    """Send two files with a prompt; return the job."""
    await user.send_files(drawing(), mask, caption=words)
    await conversation.catch_up()
    await conversation.fall_silent()
    return await conversation.job(user)


async def test_image_and_mask_in_one_album(conversation: Conversation, anya: User) -> None:
    """The second file's transparent area is the mask of the first."""
    request = (await send_pair(conversation, anya, with_hole(), "шляпа")).request
    assert request.model == "fal-ai/flux-pro/v1/fill"
    (picture,) = request.pictures
    assert request.mask not in (None, picture)
    assert request.prompt == "шляпа"


@pytest.mark.parametrize("second", [drawing("blue"), with_hole((48, 96))])
async def test_second_image_without_a_mask_is_a_reference(
    conversation: Conversation, anya: User, second: bytes
) -> None:
    """One without a transparent area, and one of other proportions."""
    request = (await send_pair(conversation, anya, second, "соедини их")).request
    assert (len(request.pictures), request.mask) == (2, None)


class TestAModelOfOnePicture:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_image_edit_model="fal-ai/flux/dev/image-to-image")

    async def test_too_many_images_ask_which(self, conversation: Conversation, anya: User) -> None:
        """The model gets no more images than it accepts."""
        await send(conversation, anya, caption="сделай ярче")
        await conversation.fall_silent()
        card = await anya.last_from_bot()
        assert "нужно одно изображение" in card["text"]
        await conversation.press(anya, card, "1")
        request = (await conversation.job(anya)).request
        assert (request.prompt, len(request.pictures)) == ("сделай ярче", 1)


async def test_image_of_a_dead_worker_is_added_once(
    conversation: Conversation, anya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same update comes again after a worker was killed."""
    albums = conversation.dispatcher["albums"]
    look_again = albums.look_again

    async def die(*_: object) -> None:
        monkeypatch.setattr(albums, "look_again", look_again)
        raise RedisConnectionError

    await anya.send_files(drawing("red"), drawing("blue"), send_as="photo")
    updates = await conversation.updates()
    for update in updates:
        monkeypatch.setattr(albums, "look_again", die)
        with pytest.raises(RedisConnectionError):
            await conversation.handle(update)
        await conversation.handle(update)
    await conversation.fall_silent()
    assert "Изображений: 2" in (await anya.last_from_bot())["text"]


@pytest.mark.parametrize("more", [1, 2])
async def test_more_images_than_an_album_are_gathered(
    conversation: Conversation, anya: User, more: int
) -> None:
    """Apps send more than ten as further albums; images beyond the model's limit are dropped, and nothing starts."""
    ten = [drawing(size=(64 + number, 48)) for number in range(10)]
    await anya.send_files(*ten, caption="соедини их", send_as="photo")
    await anya.send_files(*[drawing("blue")] * more, send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    *_, said, card = await anya.from_bot()
    assert "Больше 10 изображений" in said["text"]
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("соедини их", 10)


@pytest.mark.parametrize("behind", [1, 2])
async def test_images_without_a_caption_join_the_album_before(
    conversation: Conversation, anya: User, behind: int
) -> None:
    """The caption of the first applies to all."""
    await send(conversation, anya, caption="соедини их")
    await anya.send_files(*[drawing("white")] * behind, send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("соедини их", 3 + behind)
    assert await conversation.job_count(anya) == 1


@pytest.mark.parametrize("number", [1, 2])
async def test_order_right_after_an_album_is_separate(
    conversation: Conversation, anya: User, number: int
) -> None:
    """An image or an album with another caption: neither is lost, and each is answered."""
    album = await anya.send_files(drawing(), drawing("green"), caption="соедини", send_as="photo")
    await conversation.catch_up()
    pictures = [drawing("white"), drawing("black")][:number]
    other = await anya.send_files(*pictures, caption="раскрась", send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    jobs = (await conversation.jobs.page(user_id=anya.id, limit=9)).jobs
    found = {job.request.prompt: job.request for job in jobs}
    counts = {prompt: len(each.pictures) for prompt, each in found.items()}
    assert counts == {"соедини": 2, "раскрась": number}
    assert len(jobs) == 2
    assert found["соедини"].message_id == album["message_id"] + 1
    assert found["раскрась"].message_id == other["message_id"] + number - 1


async def test_command_right_after_an_album_is_separate(
    conversation: Conversation, anya: User
) -> None:
    """It does not join the caption, and the album keeps its images."""
    await send(conversation, anya, caption="соедини их")
    await conversation.send_text(anya, "/image кот")
    await conversation.fall_silent()
    jobs = (await conversation.jobs.page(user_id=anya.id, limit=9)).jobs
    assert {job.request.prompt for job in jobs} == {"соедини их", "кот"}


async def test_cancel_right_after_an_album(conversation: Conversation, anya: User) -> None:
    """The album is cancelled."""
    gathering = await send(conversation, anya, caption="соедини их")
    assert "отменено" in (await conversation.send_text(anya, "/cancel"))["text"]
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    assert not await conversation.is_shown(anya, gathering)


async def test_settings_right_after_an_album(conversation: Conversation, anya: User) -> None:
    """An album with a caption still starts."""
    await send(conversation, anya, caption="соедини их")
    await conversation.send_text(anya, "/settings")
    assert (await conversation.job(anya)).request.prompt == "соедини их"


async def test_settings_in_a_group_take_nothing_away(
    conversation: Conversation, anya: User
) -> None:
    """There the command needs no mention of the bot, and the album was addressed to it."""
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    bot_message = await conversation.send_text(group, "/start")
    two = (drawing("red"), drawing("blue"))
    await group.send_files(*two, caption="соедини", reply_to=bot_message["message_id"])
    await conversation.catch_up()
    await conversation.send_text(group, "/settings")
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"соедини": 2}


async def prompts(conversation: Conversation, user: User) -> dict[str, int]:
    """Return how many images each order of the user starts from, by its prompt."""
    jobs = (await conversation.jobs.page(user_id=user.id, limit=9)).jobs
    return {job.request.prompt: len(job.request.pictures) for job in jobs}


async def test_start_right_behind_an_album_does_not_drop_it(
    conversation: Conversation, anya: User
) -> None:
    """`/start` closes the card of the album, so the album is finished first."""
    await send(conversation, anya, caption="соедини их")
    await conversation.send_text(anya, "/start")
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"соедини их": 3}


async def test_a_press_that_orders_something_else_does_not_drop_an_album(
    conversation: Conversation, anya: User
) -> None:
    """Both orders start: the one of the button and the album."""
    offer = await conversation.send_text(anya, "кот")
    await send(conversation, anya, caption="соедини их")
    await conversation.press(anya, offer, "🖼")
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"соедини их": 3, "кот": 0}


async def test_a_repeat_with_another_model_does_not_drop_an_album(
    conversation: Conversation, anya: User
) -> None:
    """«Ещё раз» of a job whose model is gone opens a card, so the album is finished first."""
    await conversation.send_text(anya, "/image кот")
    job = await conversation.job(anya)
    former = job.request.model_copy(update={"model": "fal-ai/of-yesterday"})
    await conversation.jobs.move(job, {job.status}, Status.FAILED, due=None, failure="busy")
    await conversation.jobs.update_fields(job.id, request=former.model_dump())
    failed = await conversation.send_text(anya, f"/status {job.id}")
    await send(conversation, anya, caption="соедини их")
    await conversation.press(anya, failed, "🔁")
    await conversation.send_text(anya, "зелёный кот")
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"соедини их": 3, "кот": 0, "зелёный кот": 0}


@pytest.mark.parametrize("caption", ["шляпа", ""])
async def test_a_mask_right_behind_an_album_does_not_drop_or_join_it(
    conversation: Conversation, anya: User, caption: str
) -> None:
    """An image in reply to another image is its mask, with words or without."""
    picture = await anya.send_photo(drawing())
    await conversation.catch_up()
    await send(conversation, anya, caption="соедини их")
    await anya.send_files(
        drawing("white"), caption=caption, send_as="photo", reply_to=picture["message_id"]
    )
    await conversation.catch_up()
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"соедини их": 3} | (
        {caption: 1} if caption else {}
    )


async def test_an_album_in_reply_to_an_image_starts_from_all_of_them(
    conversation: Conversation, anya: User
) -> None:
    """Its images are no masks of the replied image, and make one order."""
    picture = await anya.send_photo(drawing())
    await conversation.catch_up()
    two = (drawing("white"), drawing("blue"))
    await anya.send_files(*two, caption="соедини", send_as="photo", reply_to=picture["message_id"])
    await conversation.catch_up()
    await conversation.fall_silent()
    request = (await conversation.job(anya)).request
    assert request.mask is None
    assert request.pictures[0] == brought(picture)
    assert await prompts(conversation, anya) == {"соедини": 3}


async def test_a_second_album_with_its_own_caption_waits_for_a_press(
    conversation: Conversation, anya: User
) -> None:
    """Under its second image the caption comes too late to tell the albums apart; nothing is paid for."""
    await send(conversation, anya, caption="соедини")
    await anya.send_files(drawing("white"), drawing("black"), send_as="photo")
    first, second = await conversation.updates()
    second["message"]["caption"] = "раскрась"
    for update in (first, second):
        await conversation.handle(update)
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    assert await prompts(conversation, anya) == {"соедини\nраскрась": 5}


async def test_an_unusable_member_of_a_joined_album_starts_nothing(
    conversation: Conversation, anya: User
) -> None:
    """What goes beyond ten images is checked like the first ten."""
    await send(conversation, anya, caption="соедини их")
    await anya.send_files(drawing("white"), drawing("black"))
    usable, heavy = await conversation.updates()
    heavy["message"]["document"]["file_size"] = 21 * 1024 * 1024
    for update in (usable, heavy):
        await conversation.handle(update)
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    assert "Изображений: 4" in (await anya.last_from_bot())["text"]


async def test_forwarded_words_right_after_an_album_wait_for_a_press(
    conversation: Conversation, anya: User
) -> None:
    """The images are the user's own, the words are not."""
    await send(conversation, anya)
    await anya.say("соедини их")
    (update,) = await conversation.updates()
    await conversation.handle(forward(update))
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    assert "соедини их" in (await anya.last_from_bot())["text"]


async def test_a_repeated_update_adds_its_words_once(
    conversation: Conversation, anya: User
) -> None:
    """A worker may die between the stored state and the end of the update."""
    await send(conversation, anya)
    await anya.say("ярче")
    (update,) = await conversation.updates()
    for _ in range(2):
        await conversation.handle(update)
    await conversation.fall_silent()
    assert await prompts(conversation, anya) == {"ярче": 3}


async def test_a_repeated_update_adds_its_late_image_once(
    conversation: Conversation, anya: User
) -> None:
    """The open card has one more image, not two."""
    await anya.send_files(drawing("red"), drawing("green"), drawing("blue"), send_as="photo")
    *early, late = await conversation.updates()
    for update in early:
        await conversation.handle(update)
    await conversation.fall_silent()
    for _ in range(2):
        await conversation.handle(late)
    assert "Изображений: 3" in (await anya.last_from_bot())["text"]


async def test_a_late_member_of_a_cancelled_album_is_not_said_to_have_a_job(
    conversation: Conversation, anya: User
) -> None:
    """Nothing has started, so the answer names no job that must be cancelled."""
    await anya.send_files(drawing("red"), drawing("blue"), send_as="photo")
    early, late = await conversation.updates()
    await conversation.handle(early)
    await conversation.send_text(anya, "/cancel")
    await conversation.handle(late)
    answer = (await anya.last_from_bot())["text"]
    assert "не учтено" in answer
    assert "отмените задание" not in answer


@pytest.mark.parametrize("is_to_album", [True, False])
async def test_reply_to_another_message_is_no_caption(
    conversation: Conversation, anya: User, *, is_to_album: bool
) -> None:
    """Only a reply to the album itself is its caption."""
    other = await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    album = await anya.send_files(drawing(), drawing("blue"), caption="соедини", send_as="photo")
    await conversation.catch_up()
    await conversation.send_text(anya, "ярче", (album if is_to_album else other)["message_id"])
    await conversation.fall_silent()
    jobs = (await conversation.jobs.page(user_id=anya.id, limit=9)).jobs
    prompts = {"соедини\nярче"} if is_to_album else {"соедини", "ярче"}
    assert {job.request.prompt for job in jobs} == prompts


@pytest.mark.slow
@pytest.mark.parametrize("caption", ["соедини их", ""])
@pytest.mark.parametrize("label", ["🖼 Изображение", "🎬 Видео", "🖼 Image", "🎬 Клип"])
async def test_keyboard_button_is_no_caption(
    conversation: Conversation, anya: User, caption: str, label: str
) -> None:
    """It opens its card, and an album with a caption still starts."""
    await send(conversation, anya, caption=caption)
    card = await conversation.send_text(anya, label)
    assert "Опишите" in card["text"]
    await conversation.fall_silent()
    jobs = (await conversation.jobs.page(user_id=anya.id, limit=9)).jobs
    assert [job.request.prompt for job in jobs] == ([caption] if caption else [])


async def late_image(conversation: Conversation, user: User, caption: str = "") -> None:
    """A third image of an album, two seconds after the others."""
    await user.send_files(
        drawing("red"), drawing("green"), drawing("blue"), caption=caption, send_as="photo"
    )
    *early, late = await conversation.updates()
    for update in early:
        await conversation.handle(update)
    await conversation.fall_silent()
    await conversation.handle(late)
    await conversation.fall_silent()


async def test_late_image_joins_the_open_card(conversation: Conversation, anya: User) -> None:
    """It need not be sent again."""
    await late_image(conversation, anya)
    assert "Изображений: 3" in (await anya.last_from_bot())["text"]
    await conversation.send_text(anya, "соедини их")
    assert len((await conversation.job(anya)).request.pictures) == 3


async def test_caption_of_a_late_image_joins_the_prompt(
    conversation: Conversation, anya: User
) -> None:
    """Like the captions of the others; a press starts the job with all of them."""
    await anya.send_files(drawing("red"), drawing("green"), drawing("blue"), send_as="photo")
    *early, late = await conversation.updates()
    for update in early:
        await conversation.handle(update)
    await conversation.fall_silent()
    late["message"]["caption"] = "в стиле комикса"
    await conversation.handle(late)
    card = await anya.last_from_bot()
    assert "в стиле комикса" in card["text"]
    assert "Изображений: 3" in card["text"]
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("в стиле комикса", 3)


async def test_image_after_the_start_is_answered(conversation: Conversation, anya: User) -> None:
    """It is not dropped silently."""
    await late_image(conversation, anya, caption="соедини их")
    assert "пришло позже остальных" in (await anya.last_from_bot())["text"]
    assert len((await conversation.job(anya)).request.pictures) == 2


async def test_captions_of_an_album_are_joined(conversation: Conversation, anya: User) -> None:
    """Each image may have one; repeated ones count once."""
    await anya.send_files(drawing("red"), drawing("blue"), caption="соедини", send_as="photo")
    first, second = await conversation.updates()
    second["message"]["caption"] = "в стиле комикса"
    for update in (first, second):
        await conversation.handle(update)
    await conversation.fall_silent()
    assert (await conversation.job(anya)).request.prompt == "соедини\nв стиле комикса"


@pytest.mark.parametrize("place", [0, 1])
async def test_unusable_image_holds_the_album(
    conversation: Conversation, anya: User, place: int
) -> None:
    """It is explained, the card keeps the prompt, and a press starts without the image."""
    await anya.send_files(drawing("red"), drawing("blue"), drawing("green"), caption="соедини")
    updates = await conversation.updates()
    words = updates[0]["message"].pop("caption")
    updates[place]["message"]["document"]["file_size"] = 21 * 1024 * 1024
    updates[2]["message"]["caption"] = words
    for update in updates:
        await conversation.handle(update)
    assert any("20 МБ" in said["text"] for said in await anya.from_bot())
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("соедини", 2)


async def handle_as_heic(conversation: Conversation, *places: int) -> None:
    for number, update in enumerate(await conversation.updates()):
        if number in places:
            update["message"]["document"]["mime_type"] = "image/heic"
        await conversation.handle(update)


async def test_unreadable_image_holds_the_album(conversation: Conversation, anya: User) -> None:
    """Detected by its content: it is explained once, the card keeps the prompt, and a press starts without it."""
    heic = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(400)
    await anya.send_files(drawing("red"), heic, drawing("green"), caption="соедини")
    await handle_as_heic(conversation, 1)
    await conversation.fall_silent()
    said = [message["text"] for message in await anya.from_bot()]
    assert sum("JPEG, PNG и WebP" in text for text in said) == 1
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.prompt, len(request.pictures)) == ("соедини", 2)


async def test_fully_unreadable_album_leaves_no_card(
    conversation: Conversation, anya: User
) -> None:
    """The user gets one message, and the card goes."""
    heic = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(400)
    await anya.send_files(heic, heic + b"2", caption="соедини")
    await handle_as_heic(conversation, 0, 1)
    gathering = await anya.last_from_bot()
    await conversation.fall_silent()
    assert "JPEG, PNG и WebP" in (await anya.last_from_bot())["text"]
    assert not await conversation.is_shown(anya, gathering)
    assert await conversation.job_count(anya) == 0
