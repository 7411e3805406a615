"""Scenes: working beside others."""

from collections.abc import AsyncIterator

from tests.tour.stage import Actor


async def group(actor: Actor) -> AsyncIterator[bytes]:
    yield await actor.photograph()


async def admin(actor: Actor) -> AsyncIterator[bytes]:
    yield await actor.photograph()
