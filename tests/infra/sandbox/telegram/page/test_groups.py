"""Groups and their topics on the chat page."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide
from tests.infra.sandbox.telegram.page.chat import bubble, write
from tests.user import User, create_group, create_user

pytestmark = pytest.mark.browser


async def open_chat(page: Page, user: User, group: Any, title: str) -> None:
    await page.goto(page.url.partition("#")[0] + f"#{user.id}/{group['id']}")
    await expect(page.get_by_role("heading", name=title)).to_be_visible()


async def test_group_is_created_and_used(page: Page, bot_side: BotSide) -> None:
    """A title and members make a group; a command from its menu names the bot, which gets it."""
    await bot_side.call("setMyCommands", commands=[{"command": "image", "description": "Make"}])
    await page.get_by_role("button", name="Новая группа").click()
    await page.get_by_role("textbox", name="Название").fill("Обложки")
    await page.get_by_role("button", name="Создать").click()
    await expect(page.get_by_role("heading", name="Обложки")).to_be_visible()
    await expect(page.get_by_role("log").get_by_text("Аня создаёт группу")).to_be_visible()
    await page.get_by_role("button", name="Команды").click()
    await page.get_by_role("option", name="/image").click()
    await expect(bubble(page, "/image@darkroom_bot")).to_be_visible()
    await bot_side.next_update("message")  # /start
    await bot_side.next_update("message")  # the group's first message
    assert (await bot_side.next_update("message"))["chat"]["title"] == "Обложки"


async def test_group_messages_have_an_author(page: Page, address: str, user: User) -> None:
    """Others' names are above their bubbles; own messages are on the right without a name."""
    async with await create_user(address, "Kate", "en") as kate:
        group = await create_group(address, "Команда", [user, kate])
        await open_chat(page, user, group, "Команда")
        await kate.in_chat(group).say("Lunch?")
        await expect(bubble(page, "Lunch?").locator(".author")).to_have_text("Kate")
        await write(page, "Иду")
        await expect(bubble(page, "Иду").locator(".author")).to_have_count(0)
        assert (await kate.in_chat(group).messages())[-1]["text"] == "Иду"


async def test_users_are_invited(page: Page, address: str, user: User) -> None:
    """The group's menu invites users who are not members; the group gets a message, and they read along."""
    group = await create_group(address, "Приём", [user])
    async with await create_user(address, "Zelda", "en") as zelda:
        await page.goto(f"{address}/#{zelda.id}")
        await expect(page.locator(f"[data-user='{zelda.id}']")).to_be_visible()
        await open_chat(page, user, group, "Приём")
        await page.get_by_role("button", name="Меню чата").click()
        await page.get_by_role("button", name="Позвать в группу").click()
        await page.get_by_role("checkbox", name="Zelda").check()
        await page.get_by_role("button", name="Добавить").click()
        await expect(page.get_by_text("приглашает: Zelda").last).to_be_visible()
        await expect(page.get_by_text("Участников: 2")).to_be_visible()
        assert await zelda.in_chat(group).messages()


async def test_unread_messages_of_a_group_are_counted(page: Page, address: str, user: User) -> None:
    """Messages in another group are counted next to its title, with the author."""
    async with await create_user(address, "Kate", "en") as kate:
        group = await create_group(address, "Новости", [user, kate])
        await kate.in_chat(group).say("Lunch?")
        for one in (kate, user):
            await page.goto(f"{address}/#{one.id}")
        entry = page.locator(f"[data-group='{group['id']}']")
        await expect(entry).to_contain_text("Kate: Lunch?")
        await expect(entry.get_by_label("Непрочитанных: 1")).to_be_visible()
        await entry.click()
        await expect(entry.get_by_label("Непрочитанных: 1")).to_be_hidden()


async def test_topics_are_separate(page: Page, address: str, user: User) -> None:
    """Messages of a topic do not appear in the general one."""
    group = await create_group(address, "Студия", [user], forum=True)
    await open_chat(page, user, group, "Студия")
    await page.get_by_role("list").get_by_role("button", name="Новая тема").click()
    await page.get_by_role("textbox", name="Название").fill("Логотипы")
    await page.get_by_role("button", name="Создать").click()
    await expect(page.get_by_role("heading", name="Логотипы")).to_be_visible()
    await write(page, "Лиса")
    await expect(bubble(page, "Лиса").get_by_role("button")).to_have_count(0)
    thread = int(page.url.rpartition("/")[2])
    assert (await user.in_chat(group, thread).messages())[-1]["text"] == "Лиса"
    await page.get_by_role("button", name="Общая тема").click()
    await expect(bubble(page, "Лиса")).to_have_count(0)


async def test_privacy_mode_can_be_switched_off(
    page: Page, address: str, user: User, bot_side: BotSide
) -> None:
    """The group's menu switches privacy mode, which is on at first: the field says whose messages the bot gets."""
    group = await create_group(address, "Тихая", [user])
    await open_chat(page, user, group, "Тихая")
    await page.get_by_role("button", name="Меню чата").click()
    await expect(page.get_by_placeholder("Боту — с @darkroom_bot")).to_be_visible()
    switch = page.get_by_role("switch", name="Приватность бота")
    await expect(switch).to_be_checked()
    for on in (False, True):
        async with page.expect_response("**/bot/privacy"):
            await switch.set_checked(on)
        assert (await bot_side.call("getMe"))["can_read_all_group_messages"] != on
    await page.keyboard.press("Escape")


async def test_group_is_upgraded_to_a_supergroup(page: Page, address: str, user: User) -> None:
    """The page follows its group to the new chat."""
    group = await create_group(address, "Растущая", [user])
    await open_chat(page, user, group, "Растущая")
    await page.get_by_role("button", name="Меню чата").click()
    await page.get_by_role("button", name="Сделать супергруппой").click()
    await expect(page.get_by_role("log").get_by_text("Теперь это супергруппа")).to_be_visible()
    assert str(group["id"]) not in page.url


async def test_ephemeral_message_is_marked_and_seen_by_its_receiver(
    page: Page, address: str, bot_side: BotSide, user: User
) -> None:
    """The receiver sees it with a mark, the bot's edit changes it, and another member does not see it."""
    async with await create_user(address, "Kate", "en") as kate:
        group = await create_group(address, "Тайны", [user, kate])
        await user.in_chat(group).make_bot("administrator")
        await open_chat(page, user, group, "Тайны")
        receiver = {"receiver_user_id": user.id}
        sent = await bot_side.call(
            "sendMessage",
            chat_id=group["id"],
            text="Только вам",
            ephemeral_message_parameters=receiver,
        )
        await expect(bubble(page, "Только вам")).to_contain_text("видите только вы")
        await bot_side.call(
            "editEphemeralMessageText",
            chat_id=group["id"],
            text="Снова вам",
            ephemeral_message_id=sent["ephemeral_message_id"],
            **receiver,
        )
        await expect(bubble(page, "Снова вам")).to_be_visible()
        await page.reload()
        await expect(bubble(page, "Снова вам")).to_be_visible()
        await open_chat(page, kate, group, "Тайны")
        await expect(bubble(page, "Снова вам")).to_have_count(0)
