"""Scenes: a request for access, and a spent budget; seen from both sides."""

from collections.abc import AsyncIterator

from tests.message import Message, is_clip, is_photo, labels
from tests.tour.stage import Actor
from worker.limits.limits import Limit


async def asking(actor: Actor) -> AsyncIterator[bytes]:
    say = actor.say.plain
    async with actor.stage.enter_admin() as admin:
        await admin.user.say("/admin")
        await admin.see(labels)
        await actor.user.say("/start")
        refusal = await actor.see(str(actor.user.id))
        await actor.press(refusal, say("button-ask-access"))
        request = await admin.see(actor.name)
        yield await actor.photograph()
        await actor.page.keyboard.press("Enter")  # the notice disappears
        yield await admin.photograph()
        await admin.press(request, say("button-allow"))
        await actor.see("/start")
    prompt = actor.words("цветок на лугу, акварель", "a flower in a meadow, watercolour")
    await actor.user.say(f"/image {prompt}")
    await actor.see(is_photo)
    yield await actor.photograph()


async def budget(actor: Actor) -> AsyncIterator[bytes]:
    async with actor.stage.enter_admin() as admin:
        await _open_limit(admin, Limit.USER_DAILY_BUDGET)
        await admin.user.say("0.5")
        await admin.see(labels)
        clip = actor.words("8s волны на закате", "8s waves at sunset")
        await actor.user.say(f"/video {clip}")
        await actor.user.agree()
        await actor.see(is_clip)
        order = f"/video {actor.words('парус вдали', 'a sail far away')}"
        await actor.user.say(order)
        await actor.user.agree()
        await actor.see(admin.name)
        yield await actor.photograph()
        await _open_limit(admin, Limit.USER_DAILY_BUDGET)
        yield await admin.photograph()
        await admin.press(await admin.user.last_from_bot(), "$5")
        await admin.see(
            lambda message: any("✓" in label and "$5" in label for label in labels(message))
        )
    await actor.user.say(order)
    await actor.user.agree()
    await actor.see(is_clip)
    yield await actor.photograph()


async def queue(actor: Actor) -> AsyncIterator[bytes]:
    """Too many jobs at once: the refusal queues the order, and becomes its card and its result."""
    for number in range(1, 6):
        await actor.user.say(f"/video {actor.words('волна', 'a wave')} {number}")
        await actor.user.agree()
    await actor.user.say(f"/image {actor.words('маяк на скале', 'a lighthouse on a cliff')}")
    refusal = await actor.see(lambda message: _has(message, actor.say.plain("button-keep-queued")))
    yield await actor.photograph()
    await actor.press(refusal, actor.say.plain("button-keep-queued"))
    await actor.see(actor.words("В очереди", "In the queue"))
    yield await actor.photograph()
    await actor.see(is_photo)


async def money(actor: Actor) -> AsyncIterator[bytes]:
    """What is left, and what an admin sees of it: this month by user and model, and each day."""
    await actor.user.say(f"/image {actor.words('кит в облаках', 'a whale in the clouds')}")
    await actor.see(is_photo)
    await actor.user.say("/money")
    await actor.see("💰")
    yield await actor.photograph()
    async with actor.stage.enter_admin() as admin:
        await admin.user.say("/admin")
        card = await admin.see(labels)
        await admin.press(card, admin.say.plain("button-month"))
        await admin.see(lambda message: _has(message, f"✓ {admin.say.plain('button-month')}"))
        yield await admin.photograph(from_top=True)


async def _open_limit(admin: Actor, limit: Limit) -> None:
    name = admin.say.plain(f"limit-{limit}")
    await admin.user.say("/admin")
    card = await admin.see(labels)
    await admin.press(card, admin.say.plain("button-admin-limits"))
    await admin.press(await admin.see(lambda message: _has(message, name)), name)
    await admin.see(lambda message: _has(message, "$5"))


def _has(message: Message, label: str) -> bool:
    return any(label in one for one in labels(message))
