"""What fal stores of a request, and how long.

https://fal.ai/docs/model-apis/media-expiration
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

_DAY = 24 * 3600
#: How long fal stores the inputs and outputs of requests.
REQUEST_SECONDS = 30 * _DAY
#: How long it stores a user's recording, which is read within seconds.
RECORDING_DAYS = 1
RECORDING_SECONDS = RECORDING_DAYS * _DAY


@dataclass(frozen=True, slots=True)
class StoredData:
    """`media_days` is how long files stay, 0: for ever. `requests`: whether inputs and outputs are stored."""

    media_days: int = 0
    requests: bool = True

    @property
    def media_seconds(self) -> int:
        return self.media_days * _DAY

    def beside(self, uploaded: "StoredData") -> "StoredData":
        """Return how long these files stay at most, with images that were uploaded under another setting."""
        days = (self.media_days, uploaded.media_days)
        return StoredData(max(days) if all(days) else 0, self.requests)

    @property
    def media_headers(self) -> Mapping[str, str]:
        """Headers of an upload. fal's clients send either name."""
        if not self.media_days:
            return {}
        lifecycle = json.dumps({"expiration_duration_seconds": self.media_seconds})
        return {
            "X-Fal-Object-Lifecycle-Preference": lifecycle,
            "X-Fal-Object-Lifecycle": lifecycle,
        }

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of a submit."""
        return {**self.media_headers, **({} if self.requests else {"X-Fal-Store-IO": "0"})}
