from dataclasses import dataclass
from typing import Any

import httpx

_SPEECH = "speech-to-text"


@dataclass(frozen=True)
class Hearing:
    """The speech model of the fake fal."""

    fal: httpx.AsyncClient
    key: str

    async def behave(self, **behaviour: Any) -> None:
        """Let the model be slow (`delay`), down (`status`) or hear something else (`transcript`)."""
        (await self.fal.put("/direct", json=behaviour)).raise_for_status()

    async def runs(self) -> int:
        """Return how often it was run and billed."""
        answer = await self.fal.get(
            "/v1/models/billing-events",
            params={"limit": 100},
            headers={"authorization": f"Key admin-{self.key}"},
        )
        events = answer.raise_for_status().json()["billing_events"]
        return sum(_SPEECH in event["endpoint_id"] for event in events)
