"""/my: a user's jobs in one message."""

import io
from pathlib import Path

import pytest
from PIL import Image

from infra.errors import NotStored
from infra.settings import Settings
from infra.storage.store import Storage
from tests.message import job_id
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import SIZE
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_groups import Group
from worker.model import ACTIVE, Job, Status

FILTERS = ["✓ Все", "🖼 Изображения", "🎬 Видео", "⭐ Избранное", "🚫 Не вышло"]


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def order(conversation: Conversation, user: User, number: int) -> list[Job]:
    """Create this many failed jobs, newest first."""
    made = []
    for count in range(number):
        await conversation.send_text(user, f"/image яблоко {count}")
        job = await conversation.job(user)
        await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure="busy")
        made.append(job)
    return made[::-1]


async def press(conversation: Conversation, user: User, card: Message, label: str) -> Message:
    """Press a button; return the card after it."""
    await conversation.press(user, card, label)
    return await conversation.look(user, card)


async def shown_picture(user: User, message: Message) -> Image.Image:
    largest = max(message["photo"], key=lambda size: size["width"])
    with Image.open(io.BytesIO(await user.file(largest["file_id"]))) as image:
        return image.convert("RGB")


async def test_empty_history_says_how_to_start(conversation: Conversation, anya: User) -> None:
    """Without an empty contact sheet."""
    answer = await conversation.send_text(anya, "/my")
    assert "Нажмите «🖼 Изображение»" in answer["text"]


async def test_page_has_a_contact_sheet_numbers_and_filters(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """One photo with the position; a button for each job, and the filters."""
    await darkroom.make(anya)
    await order(conversation, anya, 2)
    sheet = await conversation.send_text(anya, "/my")
    assert sheet["caption"] == "Ваши задания · 1–3 из 3"
    assert labels(sheet) == ["1", "2", "3", *FILTERS]
    picture = await shown_picture(anya, sheet)
    red = picture.getpixel((round(picture.width * 0.85), round(picture.height * 0.3)))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 60


async def test_pages_change_in_the_same_message(conversation: Conversation, anya: User) -> None:
    """Older and newer; jobs that are created meanwhile shift nothing."""
    jobs = await order(conversation, anya, 8)
    sheet = await conversation.send_text(anya, "/my")
    assert labels(sheet) == ["1", "2", "3", "4", "5", "6", "Старше ›", *FILTERS]
    older = await press(conversation, anya, sheet, "Старше ›")
    assert older["caption"] == "Ваши задания · 7–8 из 8"
    assert labels(older) == ["1", "2", "‹ Новее", *FILTERS]
    await order(conversation, anya, 1)
    newer = await press(conversation, anya, older, "‹ Новее")
    assert newer["caption"] == "Ваши задания · 2–7 из 9"
    detail = await press(conversation, anya, newer, "6")
    assert jobs[5].id in detail["caption"]


async def test_filters(conversation: Conversation, darkroom: Darkroom, anya: User) -> None:
    """An empty one says what to do."""
    done, _ = await darkroom.make(anya)
    await order(conversation, anya, 1)
    sheet = await conversation.send_text(anya, "/my")
    failed = await press(conversation, anya, sheet, "🚫")
    assert failed["caption"] == "Что не вышло · 1 из 1"
    assert "✓ 🚫 Не вышло" in labels(failed)
    clips = await press(conversation, anya, failed, "🎬 Видео")
    assert "Нажмите «🎬 Видео»" in clips["caption"]
    assert "1" not in labels(clips)
    await conversation.jobs.set_favourite(done, wanted=True)
    favourites = await press(conversation, anya, clips, "⭐")
    assert favourites["caption"] == "Избранное · 1 из 1"


async def test_number_opens_the_result(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The image in the same message, with its buttons and the way back to the same page."""
    done, result = await darkroom.make(anya)
    sheet = await conversation.send_text(anya, "/my")
    detail = await press(conversation, anya, sheet, "1")
    assert detail["message_id"] == sheet["message_id"]
    assert job_id(detail) == done.id
    assert labels(detail) == [*labels(result), "← К списку"]
    assert (await shown_picture(anya, detail)).size == SIZE
    back = await press(conversation, anya, detail, "← К списку")
    assert (back["caption"], labels(back)) == (sheet["caption"], labels(sheet))


async def test_album_pages(conversation: Conversation, darkroom: Darkroom, anya: User) -> None:
    """One image at a time; the current one is marked."""
    await darkroom.make(anya, count=3)
    detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
    assert [*labels(detail)[:3], labels(detail)[-1]] == ["✓ 1", "2", "3", "← К списку"]
    second = await press(conversation, anya, detail, "2")
    assert [*labels(second)[:3], labels(second)[-1]] == ["1", "✓ 2", "3", "← К списку"]


async def test_job_without_a_result_shows_its_card(conversation: Conversation, anya: User) -> None:
    """With its button, one to delete it, and the way back."""
    (job,) = await order(conversation, anya, 1)
    detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
    assert "❌" in detail["caption"]
    assert job_id(detail) == job.id
    assert labels(detail) == ["🔁 Ещё раз · $0,003", "🗑 Удалить", "← К списку"]


async def test_active_job_has_a_refresh_button(conversation: Conversation, anya: User) -> None:
    """An open page does not edit itself."""
    await conversation.send_text(anya, "/image яблоко")
    detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
    assert labels(detail) == ["✖️ Отменить", "← К списку", "🔄 Обновить"]
    job = await conversation.job(anya)
    await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure="busy")
    now = await press(conversation, anya, detail, "🔄 Обновить")
    assert "❌" in now["caption"]
    assert labels(now) == ["🔁 Ещё раз · $0,003", "🗑 Удалить", "← К списку"]


async def test_delete_a_failed_job_with_its_inputs(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Also inputs that were stored before it failed; the question can be withdrawn."""
    (job,) = await order(conversation, anya, 1)
    kept, noted = [(await darkroom.store(job, number)).key for number in (1, 2)]
    await conversation.jobs.update_fields(job.id, inputs=[kept], input_keys=[kept, noted])
    detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
    asked = await press(conversation, anya, detail, "🗑 Удалить")
    assert labels(asked) == ["🗑 Да, удалить совсем", "← Оставить", "← К списку"]
    again = await press(conversation, anya, asked, "← Оставить")
    assert labels(again) == labels(detail)
    asked = await press(conversation, anya, again, "🗑 Удалить")
    assert (await conversation.press(anya, asked, "🗑 Да"))["text"] == "Удалено"
    assert await conversation.jobs.get(job.id) is None
    for key in (kept, noted):
        with pytest.raises(NotStored):
            await darkroom.files.size(key)
    empty = await conversation.look(anya, detail)
    assert "Здесь будет всё" in empty["caption"]
    assert empty["photo"] != detail["photo"], "what was deleted is not left to be seen"


async def test_deleted_result_is_replaced_by_its_page(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """At the page's current position."""
    first, _ = await darkroom.make(anya)
    second, _ = await darkroom.make(anya, order="/image грушу")
    sheet = await conversation.send_text(anya, "/my")
    detail = await press(conversation, anya, sheet, "1")
    assert job_id(detail) == second.id
    asked = await press(conversation, anya, detail, "🗑 Удалить")
    page = await press(conversation, anya, asked, "🗑 Да")
    assert page["caption"] == "Ваши задания · 1 из 1"
    assert job_id(await press(conversation, anya, page, "1")) == first.id


async def test_press_on_a_deleted_job_updates_the_page(
    conversation: Conversation, anya: User
) -> None:
    """The answer says that it is gone."""
    first, second = await order(conversation, anya, 2)
    sheet = await conversation.send_text(anya, "/my")
    await conversation.jobs.delete(second)
    answer = await conversation.press(anya, sheet, "2")
    assert "больше нет" in answer["text"]
    now = await conversation.look(anya, sheet)
    assert now["caption"] == "Ваши задания · 1 из 1"
    await conversation.jobs.delete(first)
    await conversation.press(anya, now, "1")
    empty = await conversation.look(anya, sheet)
    assert "Здесь будет всё" in empty["caption"]


async def test_thumbnail_is_made_by_the_first_look(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """It is stored, so that the next look needs no decoding; an older job's stored one is shown as it is."""
    done, _ = await darkroom.make(anya)
    key = done.files[0].thumbnail_key or ""
    with pytest.raises(NotStored):
        await darkroom.files.size(key)
    first = await shown_picture(anya, await conversation.send_text(anya, "/my"))
    assert await darkroom.files.size(key)
    await darkroom.files.delete(done.files[0].key)
    second = await shown_picture(anya, await conversation.send_text(anya, "/my"))
    assert first.tobytes() == second.tobytes()


async def test_image_that_cannot_be_decoded_becomes_a_placeholder(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The sheet is shown, and the image can be opened."""
    done, _ = await darkroom.make(anya)
    await darkroom.files.put(done.files[0].key, b"no image")
    sheet = await conversation.send_text(anya, "/my")
    assert sheet["caption"] == "Ваши задания · 1 из 1"
    assert await darkroom.files.size(done.files[0].thumbnail_key or "") == 0


async def test_missing_file_is_reported(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """A placeholder on the sheet, a text with the next step in the detail; the buttons stay."""
    done, _ = await darkroom.make(anya)
    await darkroom.files.delete(done.files[0].key)
    sheet = await conversation.send_text(anya, "/my")
    detail = await press(conversation, anya, sheet, "1")
    assert "больше нет" in detail["caption"]
    assert "🔁 Ещё раз · $0,003" in labels(detail)


async def test_file_id_is_reused_while_valid(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Otherwise the file comes from our storage."""
    done, result = await darkroom.make(anya)
    known = max(result["photo"], key=lambda size: size["width"])["file_id"]
    for file_id in (known, "an-id-of-another-bot"):
        file = done.files[0].model_copy(update={"file_id": file_id})
        await conversation.jobs.update_fields(done.id, files=[file])
        detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
        assert job_id(detail) == done.id
    edits = await conversation.calls("editMessageMedia")
    assert [known in str(edit["media"]) for edit in edits[-3:]] == [True, False, False]


@pytest.mark.parametrize(("refusals", "shown"), [(2, "document"), (3, "photo")])
async def test_refused_image_is_shown_as_a_document_or_text(
    conversation: Conversation, darkroom: Darkroom, anya: User, refusals: int, shown: str
) -> None:
    """/my has every result that a message refers to: the file, or where it is stored."""
    done, _ = await darkroom.make(anya)
    sheet = await conversation.send_text(anya, "/my")
    refusal = {"status": 400, "description": "IMAGE_PROCESS_FAILED", "times": refusals}
    await conversation.disturb("editMessageMedia", **refusal)
    detail = await press(conversation, anya, sheet, "1")
    assert shown in detail
    assert (done.files[0].key in detail["caption"]) is (shown == "photo")


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset(range(1001, 9999)))

    async def test_refused_image_is_not_referred_to_an_admin(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Admins read where the file is, not to ask an admin for it."""
        done, _ = await darkroom.make(anya)
        sheet = await conversation.send_text(anya, "/my")
        refusal = {"status": 400, "description": "IMAGE_PROCESS_FAILED", "times": 3}
        await conversation.disturb("editMessageMedia", **refusal)
        detail = await press(conversation, anya, sheet, "1")
        assert f"в хранилище это {done.files[0].key}" in detail["caption"]
        assert "администратор" not in detail["caption"]


async def test_document_result_is_shown_as_a_document(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Nothing is uploaded for it."""
    done, _ = await darkroom.make(anya)
    sent = await anya.send_files(b"%PDF-1.4")
    known = {"file_id": None, "document_id": sent["document"]["file_id"]}
    await conversation.jobs.update_fields(done.id, files=[done.files[0].model_copy(update=known)])
    detail = await press(conversation, anya, await conversation.send_text(anya, "/my"), "1")
    assert detail["document"]["file_id"] == sent["document"]["file_id"]


async def test_group_pages_work_only_for_the_owner(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """A colleague's press is declined."""
    await order(conversation, anya, 1)
    group = await Group.found(conversation, anya)
    await group.say(anya, "/my@darkroom_bot")
    (sheet,) = await group.from_bot(anya)
    assert sheet["caption"] == "Ваши задания · 1 из 1"
    assert sheet["reply_to_message"]["from"]["id"] == anya.id
    assert all(
        button["callback_data"].split("|")[1] == str(anya.id)
        for row in sheet["reply_markup"]["inline_keyboard"]
        for button in row
    )
