"""The fake of fal in a process of its own."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx

from infra.money import MICRO
from tests.processes import Process, free_port


@contextmanager
def run_fal(folder: Path, *options: str) -> Iterator[str]:
    """Run it with its data in this folder; yield its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    where = ("--port", str(port), "--data", str(folder / "data"))
    command = ("-m", "infra.sandbox.fal", *where, *options)
    process = Process("fal", command, {}, folder, warm=True).start()
    try:
        process.wait_for(f"{url}/.well-known/jwks.json")
        yield url
    finally:
        process.stop()


async def bills(
    http: httpx.AsyncClient, fal_url: str, by: Literal["endpoint_id", "request_id"] = "endpoint_id"
) -> Counter[str]:
    """Return the billed millionths of a dollar by endpoint or by request."""
    found: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        answer = await http.get(
            f"{fal_url}/v1/models/billing-events",
            params={"limit": 100} | ({"cursor": cursor} if cursor else {}),
            headers={"authorization": "Key admin-sandbox:key"},
        )
        page = answer.raise_for_status().json()
        for event in page["billing_events"]:
            found[event[by]] += round(event["cost_total"] * MICRO)
        cursor = page["next_cursor"]
        if not cursor:
            return found
