"""The product's processes on the contestant's core, between the bench's fakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.program import Program
from tests.bench.updates import SECRET
from tests.processes import TOKEN, free_port, status_of

# The bench's users order more than real ones.
_FAST = (
    "tg_messages_per_second",
    "tg_chat_messages_per_second",
    "tg_group_messages_per_minute",
)
_UNLIMITED = ("user_max_jobs", "user_daily_budget", "team_daily_budget", "fal_slots")


@dataclass
class Darkroom:
    """Addresses are `http://127.0.0.1:port`. With `webhooks`, fal calls webhook_app."""

    folder: Path
    redis_url: str
    cores: frozenset[int]
    telegram_url: str = "http://127.0.0.1:1"
    fal_url: str = "http://127.0.0.1:1"
    webhooks: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "tg_bot_token": TOKEN,
            "tg_api_base": self.telegram_url,
            "tg_update_mode": "webhook" if self.webhooks else "polling",
            "tg_webhook_secret": SECRET,
            "public_url": self.url if self.webhooks else "",
            "api_host": "127.0.0.1",
            "api_port": str(self.port),
            "redis_url": self.redis_url,
            "fal_api_key": "bench:key",
            "fal_queue_base_url": self.fal_url,
            "fal_rest_base_url": self.fal_url,
            "media_dir": str(self.folder / "media"),
            **dict.fromkeys(_UNLIMITED, "0"),
            **dict.fromkeys(_FAST, "100000"),
            "confirm_above": "1000",
            **self.settings,
        }

    def webhook_app(self) -> Program:
        return self._program("webhook_app", "webhook_app")

    def worker(self, number: int = 0) -> Program:
        return self._program(f"worker-{number}", "worker")

    def is_open(self) -> bool:
        return status_of(f"{self.url}/version") == 200

    def is_healthy(self) -> bool:
        return status_of(f"{self.url}/health") == 200

    def _program(self, name: str, module: str) -> Program:
        return Program(name, ("-m", module), self.environment, self.folder, self.cores)
