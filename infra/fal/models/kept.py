"""Models that an installation keeps in Redis: those that the operator added, and newer facts about the shipped ones.

Every process follows a version number, so that a change takes effect within seconds and without a restart.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from arq.connections import ArqRedis
from loguru import logger

from infra.fal.model import Model
from infra.fal.models.catalogue import MODELS, Catalogue, CatalogueError, build, read_rows
from infra.fal.models.row import Row, read_row
from infra.fal.models.stored import Stored
from infra.redis.client import UNAVAILABLE

KEY = "darkroom:models"
VERSION_KEY = "darkroom:models:version"
#: Seconds until every process uses a change.
FOLLOW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """`row` is None for a model of the catalogue, of which only newer facts are kept."""

    row: Row | None
    stored: Stored

    def dumps(self) -> str:
        row = self.row.model_dump(mode="json", exclude_defaults=True) if self.row else None
        fields = {"row": row, "stored": json.loads(self.stored.dumps())}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str | bytes) -> "Kept":
        """Raises ValueError if `dumps` did not write the text."""
        fields = json.loads(text)
        row = fields["row"]
        return cls(read_row(row) if row else None, Stored.loads(json.dumps(fields["stored"])))


class KeptModels:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def version(self) -> bytes | None:
        found: bytes | None = await self._redis.get(VERSION_KEY)
        return found

    async def read(self) -> dict[str, Kept]:
        """Return every readable entry by endpoint; a damaged one is logged and left out."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(KEY)
            (entries,) = await pipeline.execute()
        found = {}
        for name, text in entries.items():
            try:
                found[name.decode()] = Kept.loads(text)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                logger.error("the kept model {} is damaged: {}; add it again", name.decode(), error)
        return found

    async def put(self, endpoint: str, kept: Kept) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(KEY, endpoint, kept.dumps())
            pipeline.incr(VERSION_KEY)
            await pipeline.execute()

    async def remove(self, endpoint: str) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hdel(KEY, endpoint)
            pipeline.incr(VERSION_KEY)
            await pipeline.execute()


def combine(kept: dict[str, Kept]) -> dict[str, Model]:
    """Build the models that are kept; one that cannot be built is logged."""
    rows = {row.endpoint: row for row in read_rows()}
    models = {}
    for endpoint, entry in kept.items():
        row = entry.row or rows.get(endpoint)
        if row is None:
            continue  # facts about a model of an earlier release
        try:
            models[endpoint] = build(row, entry.stored)
        except CatalogueError as error:
            # A model of the catalogue stays as it was released.
            logger.error("a kept model cannot be used: {}; refresh or remove it", error)
    return models


async def load(redis: ArqRedis, source: str = "", catalogue: Catalogue = MODELS) -> bytes | None:
    """Use the models that are kept now, and return their version. Raises UNAVAILABLE."""
    store = KeptModels(redis)
    version = await store.version()
    catalogue.keep(combine(await store.read()), source)
    return version


@contextlib.asynccontextmanager
async def followed(
    redis: ArqRedis, source: str = "", catalogue: Catalogue = MODELS
) -> AsyncIterator[None]:
    """Use the models that are kept, and every change of them, until exit. Raises UNAVAILABLE."""
    version = await load(redis, source, catalogue)
    task = asyncio.create_task(follow_changes(redis, source, catalogue, version))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def follow_changes(
    redis: ArqRedis, source: str, catalogue: Catalogue, known: bytes | None
) -> None:
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        try:
            if await KeptModels(redis).version() != known:
                known = await load(redis, source, catalogue)
                logger.info("the models have changed: {} are known", len(catalogue))
        except UNAVAILABLE as error:
            logger.debug("the models could not be read: {}", type(error).__name__)
