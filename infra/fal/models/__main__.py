"""The command `darkroom models`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import NoReturn

import click
from PIL import Image

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.fal.client import FalClient
from infra.fal.model import Model, Work
from infra.fal.models.add import ModelError, derive_row, describe, describe_price
from infra.fal.models.catalogue import MODELS, read_rows
from infra.fal.models.kept import FOLLOW_SECONDS, Kept, KeptModels, combine
from infra.fal.models.pay import SAMPLE_SIDE, order
from infra.fal.models.platform import Platform
from infra.fal.models.refresh import refresh as compare
from infra.fal.models.row import Row
from infra.fal.models.schema_check import check
from infra.fal.models.stored import Stored
from infra.http_client import create_client
from infra.redis.client import connect
from infra.settings import Settings

_WORK = click.Choice([work.value for work in Work])
_PAGES = "https://fal.ai/models/"


# Take the id out of the address of a model's page.
_ENDPOINT = click.argument(
    "endpoint", callback=lambda _, __, text: text.removeprefix(_PAGES).strip("/")
)
_MODEL_SETTINGS = tuple(
    name for name in Settings.model_fields if name.startswith("fal_") and name.endswith("_model")
)


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """Check, list, add and refresh the models.

    Without a subcommand: for every model of this release, a request with each combination of its options is validated
    against the model's stored schema. The exit code is 1 if a request is not valid.
    """
    if context.invoked_subcommand is None:
        verdicts = [check(row, Stored.read(name).input) for name, row in MODELS.shipped.items()]
        click.echo(f"{'endpoint':52} {'work':18} {'tried':>6}  result")
        for verdict in verdicts:
            click.echo(str(verdict))
        sys.exit(int(any(verdict.problems for verdict in verdicts)))


@models.command("list")
@click.option("--work", type=_WORK, help="Only models that do this.")
def list_models(work: str | None) -> NoReturn:
    """List every model with its price."""

    async def print_models(settings: Settings) -> int:
        async with _kept(settings) as store:
            added = await store.read()
        MODELS.keep(combine(added))
        click.echo(f"{'endpoint':52} {'work':18} {'from':9} {'status':11} price")
        for endpoint, row in MODELS.items():
            if work is None or work in row.works:
                entry = added.get(endpoint)
                source = "added" if entry and entry.row else "refreshed" if entry else "release"
                price = describe_price(row)
                click.echo(f"{endpoint:52} {row.work:18} {source:9} {row.status:11} {price}")
        return 0

    finish(print_models(read_bot()))


@models.command()
@_ENDPOINT
def show(endpoint: str) -> NoReturn:
    """Show what a model can do, and how its options are sent."""

    async def print_model(settings: Settings) -> int:
        for line in describe(await _find(settings, endpoint)):
            click.echo(line)
        return 0

    finish(print_model(read_bot()))


@models.command()
@_ENDPOINT
@click.option("--work", type=_WORK, help="What it does, if its schema does not say.")
@click.option("--title", help="Its name for users, in place of fal's.")
@click.option(
    "--english-only", is_flag=True, help="It reads English only: translate prompts for it."
)
@click.option("--dry-run", is_flag=True, help="Show what is understood, and keep nothing.")
def add(
    endpoint: str, work: str | None, title: str | None, *, english_only: bool, dry_run: bool
) -> NoReturn:
    """Add a model of fal's to this installation, without a restart.

    ENDPOINT is its id, such as fal-ai/flux/dev, or the address of its page. Its options are derived from its
    schema, and a request with each combination of them is checked before the model is offered.
    """

    async def add_model(settings: Settings) -> int:
        if endpoint in MODELS.shipped:
            raise ModelError(f"{endpoint} is in the catalogue of this release: nothing to add.")
        does = Work(work) if work else None
        async with _platform(settings) as platform:
            kept, model, checked = await derive_row(
                platform, endpoint, work=does, title=title, english_only=english_only
            )
        for line in describe(model):
            click.echo(line)
        click.echo(f"{checked} requests, one for each combination of options, match its schema.")
        if not dry_run:
            async with _kept(settings) as store:
                await store.put(endpoint, kept)
            click.echo(f"Added. Every process knows it within {FOLLOW_SECONDS} seconds.")
        return 0

    finish(add_model(read_bot()))


@models.command()
@_ENDPOINT
def remove(endpoint: str) -> NoReturn:
    """Remove a model that was added."""

    async def remove_model(settings: Settings) -> int:
        used = [name for name in _MODEL_SETTINGS if getattr(settings, name) == endpoint]
        if used:
            raise ModelError(
                f"{endpoint} is the setting {', '.join(used)}: choose another there first."
            )
        async with _kept(settings) as store:
            entry = (await store.read()).get(endpoint)
            if entry is None or entry.row is None:
                raise ModelError(
                    f"{endpoint} was not added: `darkroom models list` names those that were."
                )
            await store.remove(endpoint)
        click.echo(f"Removed. No process offers it in {FOLLOW_SECONDS} seconds.")
        return 0

    finish(remove_model(read_bot()))


@models.command()
@click.option("--files", is_flag=True, help="Write the schemas of a checkout, in place of Redis.")
def refresh(*, files: bool) -> NoReturn:
    """Fetch schema, status and price of every model.

    The new facts are kept with this installation and used without a restart. The exit code is 1 if a model is gone,
    deprecated or dearer, or if requests that were offered do not match its schema any more.
    """

    async def refresh_models(settings: Settings) -> int:
        rows = {row.endpoint: row for row in read_rows()}
        async with _kept(settings) as store:
            kept = {} if files else await store.read()
            known: list[tuple[Row, Stored]] = [
                (row, kept[name].stored if name in kept else Stored.read(name))
                for name, row in rows.items()
            ]
            known += [(entry.row, entry.stored) for entry in kept.values() if entry.row]
            async with _platform(settings) as platform:
                found = await compare(platform, known)
            for refreshed, (_, before) in zip(found, known, strict=True):
                click.echo(str(refreshed))
                if refreshed.stored == before:
                    continue
                if files:
                    refreshed.stored.save()
                else:
                    entry = kept.get(refreshed.endpoint)
                    await store.put(
                        refreshed.endpoint, Kept(entry.row if entry else None, refreshed.stored)
                    )
        faults = sum(bool(refreshed.faults) for refreshed in found)
        click.echo(f"{len(found)} models, {faults} to look at.")
        return int(faults > 0)

    finish(refresh_models(read_bot()))


@models.command()
@_ENDPOINT
@click.option("--pay", is_flag=True, help="Confirm that this order costs money.")
def test(endpoint: str, *, pay: bool) -> NoReturn:
    """Make one real order with a model's cheapest options, and show its bill."""
    if not pay:
        raise click.UsageError("This order costs money: confirm it with --pay.")

    async def order_once(settings: Settings) -> int:
        model = await _find(settings, endpoint)
        sample = BytesIO()
        Image.new("RGB", (SAMPLE_SIDE, SAMPLE_SIDE), "#7a9").save(sample, "PNG")
        async with create_client(proxy=settings.fal_proxy) as http:
            client = FalClient(
                http,
                api_key=settings.fal_api_key.get_secret_value() if settings.fal_api_key else None,
                queue_base_url=settings.fal_queue_base_url,
                rest_base_url=settings.fal_rest_base_url,
            )
            receipt = await order(client, model, sample.getvalue(), click.echo)
        for line in receipt.describe(model.price.dollars):
            click.echo(line)
        return 0

    finish(order_once(read_bot()))


async def _find(settings: Settings, endpoint: str) -> Model:
    async with _kept(settings) as store:
        MODELS.keep(combine(await store.read()))
    if endpoint not in MODELS:
        raise ModelError(
            f"{endpoint} is not known: `darkroom models list` names the models,"
            f" `darkroom models add {endpoint}` adds it."
        )
    return MODELS[endpoint]


@asynccontextmanager
async def _kept(settings: Settings) -> AsyncIterator[KeptModels]:
    redis = connect(settings.redis_url)
    try:
        yield KeptModels(redis)
    finally:
        await redis.aclose()


@asynccontextmanager
async def _platform(settings: Settings) -> AsyncIterator[Platform]:
    key = settings.fal_api_key.get_secret_value() if settings.fal_api_key else None
    async with create_client(proxy=settings.fal_proxy, read_timeout=60) as http:
        yield Platform(http, base_url=settings.fal_platform_base_url, api_key=key)


if __name__ == "__main__":
    models()
