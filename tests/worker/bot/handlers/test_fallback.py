import io

from aiogram.enums import ContentType
from PIL import Image

from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation, labels
from worker.bot.uploads.pictures import ANSWERS

#: Service messages about a chat, a payment or a gift.
NOTICES = {
    ContentType(kind)
    for kind in (
        *("new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed"),
        *("new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created"),
        *("supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed"),
        *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "successful_payment"),
        *("refunded_payment", "users_shared", "user_shared", "chat_shared", "gift", "unique_gift"),
        *("gift_upgrade_sent", "connected_website", "write_access_allowed", "passport_data"),
        *("proximity_alert_triggered", "boost_added", "chat_background_set"),
        *("checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed"),
        *("forum_topic_created", "forum_topic_edited", "forum_topic_closed"),
        *("forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden"),
        *("giveaway_created", "giveaway_completed", "managed_bot_created"),
        *("paid_message_price_changed", "poll_option_added", "poll_option_deleted"),
        *("suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined"),
        *("suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled"),
        *("video_chat_started", "video_chat_ended", "video_chat_participants_invited"),
        *("web_app_data", "community_chat_added", "community_chat_removed"),
        "community_chat_joined",
    )
}


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(target, "PNG")
    return target.getvalue()


async def answer(conversation: Conversation, user: User) -> str:
    await conversation.catch_up()
    text: str = (await user.last_from_bot())["text"]
    return text


async def test_text_is_offered_as_a_prompt(conversation: Conversation, anya: User) -> None:
    """One press orders an image of it, with the text's message as the origin."""
    offer = await conversation.send_text(anya, "красное яблоко")
    assert labels(offer) == ["🖼 Изображение · $0,003", "🎬 Видео · $0,21"]
    await conversation.press(anya, offer, "🖼")
    job = await conversation.job(anya)
    assert job.request.prompt == "красное яблоко"
    assert job.request.message_id == offer["reply_to_message"]["message_id"]
    assert labels(await conversation.look(anya, offer)) == ["✖️ Отменить"]


async def test_offer_is_used_once(conversation: Conversation, anya: User) -> None:
    """A second press on the same button changes nothing."""
    offer = await conversation.send_text(anya, "красное яблоко")
    for _ in range(2):
        await conversation.press(anya, offer, "🎬")
    assert await conversation.job_count(anya) == 1


async def test_sticker_asks_for_a_prompt(conversation: Conversation, anya: User) -> None:
    """The answer says what to send instead."""
    await anya.send_sticker()
    assert "Напишите, что хотите увидеть" in await answer(conversation, anya)


async def test_location_asks_for_a_prompt(conversation: Conversation, ben: User) -> None:
    """A point on the map is no prompt."""
    await ben.send_location(55.75, 37.62)
    assert "Describe the place in words" in await answer(conversation, ben)


async def test_document_asks_for_a_prompt(conversation: Conversation, anya: User) -> None:
    """The bot does not read documents."""
    await anya.send_files(b"red apple", send_as="document")
    assert "Из файлов я читаю изображения" in await answer(conversation, anya)


RICH = {"blocks": [{"type": "paragraph", "text": "красное яблоко"}]}


async def test_rich_message_asks_for_plain_text(conversation: Conversation, anya: User) -> None:
    """Headings, tables and galleries come in a kind of message of their own, without text or caption."""
    said = dict(await anya.say("..."))
    await conversation.updates()
    del said["text"]
    await conversation.handle({"update_id": 1, "message": said | {"rich_message": RICH}})
    assert "обычным текстом" in (await anya.last_from_bot())["text"]


async def test_rich_message_in_a_group_is_answered_as_a_reply(
    conversation: Conversation, anya: User
) -> None:
    """Silence after the question of a card would look like a failure."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    here = anya.in_chat(group)
    await here.say("/image")
    await conversation.catch_up()
    card = await here.last_from_bot()
    said = dict(await here.say("...", reply_to=card["message_id"]))
    await conversation.updates()
    del said["text"]
    rich = said | {"rich_message": RICH}
    alone = {name: value for name, value in rich.items() if name != "reply_to_message"}
    await conversation.handle({"update_id": 1, "message": alone})
    assert (await here.last_from_bot())["message_id"] == card["message_id"]
    await conversation.handle({"update_id": 2, "message": rich})
    assert "обычным текстом" in (await here.last_from_bot())["text"]


def test_every_kind_of_message_is_answered_or_a_service_message() -> None:
    """A new kind of the Bot API is not ignored by accident."""
    read = {ContentType.ANY, ContentType.TEXT, ContentType.PHOTO, ContentType.LIVE_PHOTO}
    assert set(ContentType) == read | set(ANSWERS) | NOTICES
    assert not set(ANSWERS) & NOTICES


async def test_sticker_keeps_the_card_open(conversation: Conversation, anya: User) -> None:
    """The card still waits for the prompt."""
    await conversation.send_text(anya, "🖼 Изображение")
    await anya.send_sticker()
    await conversation.send_text(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 1


async def test_unknown_command_points_to_help(conversation: Conversation, anya: User) -> None:
    """Also while a prompt is awaited: a command is never a prompt."""
    assert "/help" in (await conversation.send_text(anya, "/frobnicate"))["text"]
    await conversation.send_text(anya, "🖼 Изображение")
    assert "/help" in (await conversation.send_text(anya, "/frobnicate now"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_unknown_button_is_answered(conversation: Conversation, anya: User) -> None:
    """The app must not wait, whatever data an old message's button has."""
    card = dict(await conversation.send_text(anya, "/help"))
    old = {"text": "Старая", "callback_data": "v0:old"}
    card["reply_markup"] = {"inline_keyboard": [[old]]}
    answered = await conversation.press(anya, card, "Старая")
    assert "устарела" in answered["text"]
