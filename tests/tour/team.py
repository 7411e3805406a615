"""Scenes: several users."""

from collections.abc import AsyncIterator

from tests.message import Message, buttons, is_photo
from tests.tour.stage import Actor
from tests.user import User, create_group
from worker.jobs.duration_stats import ENOUGH


async def group(actor: Actor) -> AsyncIterator[bytes]:
    """Two users in a topic of a forum; the phone is the first one's."""
    async with await actor.stage.user(actor.words("Ольга", "Olga")) as colleague:
        title = actor.words("Студия", "Studio")
        studio = await create_group(actor.url, title, [actor.user, colleague], forum=True)
        forum = actor.user.in_chat(studio)
        topic = await forum.create_topic(actor.words("Обложки", "Covers"))
        await actor.open(f"{studio['id']}/{topic}")
        hers = colleague.in_chat(studio, topic)
        result = await _ask(actor, hers, ("кот на закате", "a cat at sunset"))
        yield await actor.photograph()
        here = actor.user.in_chat(studio, topic)
        await _ask(actor, here, ("красное яблоко", "a red apple"))
        yield await actor.photograph()
        again = next(
            one["text"] for one in buttons(result) if actor.say.plain("result-again") in one["text"]
        )
        await here.press(result, again)
        await here.wait_for(lambda message: _replies_with_photo(message, result), 60)
        yield await actor.photograph()


async def calm_group(actor: Actor) -> AsyncIterator[bytes]:
    """Settings that only their user sees, and an order with a reaction instead of a card."""
    title = actor.words("Редакция", "Editors")
    group = await create_group(actor.url, title, [actor.user], supergroup=True)
    here = actor.user.in_chat(group)
    await here.make_bot("administrator")
    await actor.open(str(group["id"]))
    for _ in range(ENOUGH):
        await actor.stage.durations.record("fal-ai/flux/schnell", 3)
    await here.say("/image")
    card = await here.wait_for(buttons, 60)
    yield await actor.photograph()
    await here.say(actor.words("лес в тумане", "a forest in fog"), reply_to=card["message_id"])
    await here.wait_for(is_photo, 60)
    order = actor.words("маяк на скале", "a lighthouse on a cliff")
    await here.say(f"/image {order}")
    await here.wait_for_event(lambda event: event["type"] == "reaction")
    yield await actor.photograph()
    await here.wait_for(is_photo, 60)


async def sharing(actor: Actor) -> AsyncIterator[bytes]:
    """From a result to a group, by the button and by words after the bot's name."""
    title = actor.words("Друзья", "Friends")
    await create_group(actor.url, title, [actor.user])
    for prompt in (("кот на закате", "a cat at sunset"), ("красное яблоко", "a red apple")):
        await _ask(actor, actor.user, prompt)
    result = next(each for each in reversed(await actor.user.messages()) if is_photo(each))
    share = actor.say.plain("result-share")
    await actor.user.with_button(
        result, lambda now: any(one["text"] == share for one in buttons(now))
    )
    await actor.page.get_by_role("button", name=share).click()
    await actor.page.get_by_role("dialog").get_by_role("button", name=title).click()
    found = actor.page.locator(".inline-result")
    await found.first.wait_for()
    yield await actor.photograph()
    await found.first.click()
    await actor.page.locator(".via").wait_for()
    await actor.page.locator("#text").fill(f"@darkroom_bot {actor.words('кот', 'cat')}")
    await found.first.wait_for()
    yield await actor.photograph()


async def _ask(actor: Actor, somebody: User, prompt: tuple[str, str]) -> Message:
    await somebody.say(f"/image {actor.words(*prompt)}")
    return await somebody.wait_for(is_photo, 60)


def _replies_with_photo(message: Message, to: Message) -> bool:
    replied: int = message.get("reply_to_message", {}).get("message_id", 0)
    return is_photo(message) and replied == to["message_id"]


async def admin(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/admin")
    card = await actor.see(buttons)
    yield await actor.photograph(from_top=True)
    await actor.press(card, actor.say.plain("button-admin-limits"))
    fal_slots = actor.say.plain("limit-fal_slots")
    limits = await actor.see(
        lambda message: any(fal_slots in one["text"] for one in buttons(message))
    )
    yield await actor.photograph()
    await actor.press(limits, actor.say.plain("button-admin-state"))
    state = await actor.see(actor.words("У сервиса", "At the service"))
    yield await actor.photograph()
    await actor.press(state, actor.say.plain("button-admin-models"))
    works = await actor.see(actor.words("Какие модели можно", "Which models users"))
    await actor.press(works, actor.say.plain("work-image"))
    await actor.see("FLUX.1 schnell")
    yield await actor.photograph(from_top=True)
