import pytest

from infra.settings import Settings
from tests.user import User, create_users
from tests.worker.bot.conversation import ADMIN, Conversation, Localized, labels
from worker.bot.services.access_requests import SINGLE_REQUESTS
from worker.users.allowlist import AccessList

SETTLED = 1002


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,
        tg_allowed_user_ids=frozenset({SETTLED}),
        tg_admin_user_ids=frozenset({ADMIN}),
    )


async def test_stranger_is_refused_once_with_their_id(
    conversation: Conversation, ben: User
) -> None:
    """An admin needs the id; a second message within the hour gets no answer, and nothing is ordered."""
    refusal = await ben.last_from_bot()
    assert str(ben.id) in refusal["text"]
    assert "own team only" in refusal["text"]
    assert await conversation.send_text(ben, "/image a red apple") == refusal
    assert await conversation.job_count(ben) == 0


async def test_refusal_is_repeated_after_an_hour(conversation: Conversation, anya: User) -> None:
    redis = conversation.dispatcher["redis"]
    assert 3590 <= await redis.ttl(f"darkroom:refused:{anya.id}") <= 3600
    await redis.delete(f"darkroom:refused:{anya.id}")
    before = len(await anya.from_bot())
    await conversation.send_text(anya, "здравствуйте")
    assert len(await anya.from_bot()) == before + 1


async def test_strangers_press_is_refused(conversation: Conversation, anya: User) -> None:
    """The press is answered at once, with the reason."""
    card = dict(await anya.last_from_bot())
    again = {"text": "Ещё раз", "callback_data": f"cancel|{anya.id}"}
    card["reply_markup"] = {"inline_keyboard": [[again]]}
    answer = await conversation.press(anya, card, "Ещё раз")
    assert str(anya.id) in answer["text"]
    assert answer["show_alert"]


async def test_team_and_owner_are_allowed(conversation: Conversation) -> None:
    """Users on the list and admins get no refusal."""
    for member_id in (ADMIN, SETTLED):
        async with User(str(conversation.telegram.base_url), member_id) as member:
            assert "/help" in (await conversation.send_text(member, "/start"))["text"]


async def test_access_request_is_approved(
    conversation: Conversation, admin: User, ben: User, localized: Localized, language: str
) -> None:
    """One press each: the admin sees who asks, the user is notified in their language."""
    answer = await conversation.press(ben, await ben.last_from_bot(), "🙋 Ask for access")
    assert "went to the administrator" in answer["text"]
    request = await admin.last_from_bot()
    assert localized("Просит доступ: Ben", "Asks for access: Ben") in request["text"]
    assert str(ben.id) in request["text"]
    await conversation.press(admin, request, localized("✅ Разрешить", "✅ Allow"))
    assert (
        localized("Доступ открыт: Ben", "Access given: Ben")
        in (await conversation.look(admin, request))["text"]
    )
    assert "You have access" in (await ben.last_from_bot())["text"]
    await conversation.send_text(ben, "/image a red apple")
    assert await conversation.job_count(ben) == 1


async def test_access_request_is_declined(
    conversation: Conversation, admin: User, ben: User, localized: Localized
) -> None:
    """Politely, and nothing changes; a second admin sees that it is answered."""
    await conversation.press(ben, await ben.last_from_bot(), "🙋 Ask for access")
    request = await admin.last_from_bot()
    await conversation.press(admin, request, localized("Отклонить", "Decline"))
    assert "has not given you access" in (await ben.last_from_bot())["text"]
    answer = await conversation.press(admin, request, localized("✅ Разрешить", "✅ Allow"))
    assert localized("уже ответили", "answered already") in answer["text"]
    assert not await AccessList(conversation.dispatcher["redis"], SETTINGS).is_allowed(ben.id)


async def test_access_request_is_limited_to_one_a_day(
    conversation: Conversation, admin: User, ben: User
) -> None:
    """Further presses send nothing to admins."""
    refusal = await ben.last_from_bot()
    await conversation.press(ben, refusal, "🙋 Ask for access")
    told = len(await admin.from_bot())
    answer = await conversation.press(ben, refusal, "🙋 Ask for access")
    assert "already" in answer["text"]
    assert len(await admin.from_bot()) == told
    assert (
        86_390 <= await conversation.dispatcher["redis"].ttl(f"darkroom:asked:{ben.id}") <= 86_400
    )


async def test_access_request_of_a_dead_worker_is_repeated(
    conversation: Conversation, admin: User, ben: User
) -> None:
    """The same press asks again instead of saying that the request was sent."""
    told = len(await admin.from_bot())
    await ben.press(await ben.last_from_bot(), "🙋 Ask for access")
    (update,) = await conversation.updates()
    access = AccessList(conversation.dispatcher["redis"], SETTINGS)
    assert await access.request(ben.id, update["callback_query"]["id"])
    await conversation.handle(update)
    assert len(await admin.from_bot()) == told + 1


async def test_forged_approval_is_refused(
    conversation: Conversation, admin: User, ben: User
) -> None:
    """The button's data can be forged, the sender cannot."""
    refusal = dict(await ben.last_from_bot())
    await conversation.press(ben, refusal, "🙋 Ask for access")
    for owner in (ben.id, ADMIN):
        forged = {"text": "Let me in", "callback_data": f"let|{owner}|{ben.id}|1"}
        refusal["reply_markup"] = {"inline_keyboard": [[forged]]}
        await conversation.press(ben, refusal, "Let me in")
    assert not await AccessList(conversation.dispatcher["redis"], SETTINGS).is_allowed(ben.id)


async def test_access_request_without_a_reachable_admin(
    conversation: Conversation, admin: User, ben: User
) -> None:
    """The user gets the id to pass on."""
    await admin.block()
    await conversation.press(ben, await ben.last_from_bot(), "🙋 Ask for access")
    answer = (await ben.last_from_bot())["text"]
    await admin.unblock()
    assert "cannot be reached" in answer
    assert str(ben.id) in answer


async def test_admin_allows_and_removes_a_user(
    conversation: Conversation, admin: User, ben: User, localized: Localized
) -> None:
    """By the id in the refusal; the removal works at once."""
    card = await conversation.send_text(admin, "/admin")
    await conversation.press(admin, card, "👥")
    assert (
        localized("одно число", "one number")
        in (await conversation.send_text(admin, "Бен"))["text"]
    )
    user = await conversation.send_text(admin, str(ben.id))
    assert localized("Доступ открыт администратором", "Allowed by an administrator") in user["text"]
    assert "I make images" in (await conversation.send_text(ben, "/start"))["text"]
    await conversation.press(admin, user, localized("🚫 Закрыть доступ", "🚫 Take access back"))
    user = await conversation.look(admin, user)
    assert localized("Доступ закрыт", "Not allowed") in user["text"]
    assert localized("✅ Разрешить", "✅ Allow") in labels(user)
    await conversation.press(admin, user, localized("← К людям", "← People"))
    assert "🚫 Ben" in labels(await conversation.look(admin, user))
    assert "own team only" in (await conversation.send_text(ben, "/start"))["text"]


async def test_user_of_the_settings_can_only_be_removed_there(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """The card says so, and so does an older card's button."""
    card = await conversation.send_text(admin, "/admin")
    await conversation.press(admin, card, "👥")
    card = dict(await conversation.look(admin, card))
    await conversation.press(admin, card, f"✅ {SETTLED}")
    assert "tg_allowed_user_ids" in (await conversation.look(admin, card))["text"]
    stale = {"text": "Закрыть", "callback_data": f"cmd|{ADMIN}|forbid|{SETTLED}"}
    card["reply_markup"] = {"inline_keyboard": [[stale]]}
    answer = await conversation.press(admin, card, "Закрыть")
    assert localized("уберите номер", "take the id out") in answer["text"]
    assert answer["show_alert"]


SETTINGS = Settings(_env_file=None, tg_allowed_user_ids=frozenset({SETTLED}))


@pytest.mark.slow
async def test_many_access_requests_become_one_message(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """After the first few an admin gets one message with all waiting users, and a way to answer."""
    before = len(await admin.from_bot())
    crowd = await create_users(str(conversation.telegram.base_url), 8)
    for user in crowd:
        await conversation.send_text(user, "/start")
        refusal = await user.last_from_bot()
        await conversation.press(user, refusal, labels(refusal)[0])
        await user.close()
    told = (await admin.from_bot())[before:]
    assert len(told) == SINGLE_REQUESTS + 1
    digest = await admin.last_from_bot()
    assert localized("Ждут доступа: 8", "Waiting for access: 8") in digest["text"]
    assert all(str(user.id) in digest["text"] for user in crowd)
    await conversation.press(admin, digest, labels(digest)[0])
    assert str(crowd[0].id) in str((await conversation.look(admin, digest))["reply_markup"])
