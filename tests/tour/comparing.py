"""Scenes: a blind comparison of models."""

from collections.abc import AsyncIterator

from tests.message import buttons, labels, words
from tests.tour.stage import Actor


async def comparing(actor: Actor) -> AsyncIterator[bytes]:
    """Choose three models, vote, and see which is which."""
    say = actor.say.plain
    await actor.user.say("/image")
    card = await actor.see(lambda message: say("button-compare") in labels(message))
    await actor.press(card, say("button-compare"))
    choice = await actor.see(lambda message: "🆚" in words(message) and buttons(message))
    offered = labels(choice)
    for label in (offered[0], offered[2], offered[3]):
        await actor.press(choice, label)
        choice = await actor.see(lambda message, label=label: f"✓ {label}" in labels(message))  # type: ignore[misc] # its type is known
    yield await actor.photograph()
    await actor.press(choice, say("button-compare-done", count=3))
    await actor.see(lambda message: say("button-compare-chosen", count=3) in labels(message))
    await actor.user.say(actor.words("маяк на скале в шторм", "a lighthouse on a rock in a storm"))
    vote = await actor.see(lambda message: say("button-tie") in labels(message))
    yield await actor.photograph()
    await actor.press(vote, "B")
    await actor.see("🏆 B")
    yield await actor.photograph()
