"""One module for each thing that a person can do; a module's `setup` gives its router."""

from aiogram import Router

from infra.texts import Texts
from worker.bot.handlers import (
    access,
    admin,
    albums,
    animating,
    answering,
    attachments,
    cancelling,
    conversation,
    deleting,
    edits,
    errors,
    favourites,
    history,
    language,
    making,
    masks,
    originals,
    ownership,
    pictures,
    ping,
    presets,
    prompts,
    refetching,
    repeating,
    results,
    status,
    unexpected,
    upscaling,
    varying,
)
from worker.bot.handlers import settings as settings_of_a_card


def setup(texts: Texts) -> tuple[Router, ...]:
    """The first whose filters fit takes an update: errors first, the catch-all last."""
    return (
        errors.setup(),
        ownership.setup(),
        masks.setup(),
        albums.setup(),
        pictures.setup(),
        attachments.setup(),
        conversation.setup(),
        ping.setup(),
        language.setup(),
        status.setup(),
        cancelling.setup(),
        history.setup(),
        making.setup(texts),
        access.setup(),
        admin.setup(),
        settings_of_a_card.setup(),
        presets.setup(),
        answering.setup(),
        prompts.setup(),
        repeating.setup(),
        refetching.setup(),
        varying.setup(),
        animating.setup(),
        upscaling.setup(),
        originals.setup(),
        favourites.setup(),
        deleting.setup(),
        results.setup(),
        edits.setup(),
        unexpected.setup(),
    )
