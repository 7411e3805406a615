"""Settings, read from the environment or `.env` (any case).

`.env.example` lists every name with a comment; a test compares the two.
https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

import sys
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from loguru import logger
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from infra.production_rules import refusals
from infra.proxy_url import check_proxy_url
from infra.redis.sentinel import SCHEME as SENTINEL
from infra.redis.sentinel import SentinelUrl

UserIds = Annotated[frozenset[int], NoDecode]
Networks = Annotated[frozenset[IPv4Network | IPv6Network], NoDecode]

CONFIGURATION = SettingsConfigDict(
    env_file=".env",
    env_ignore_empty=True,
    extra="ignore",
    frozen=True,
    allow_inf_nan=False,  # a typing error must not make a budget or a wait infinite
    hide_input_in_errors=True,  # the input may be a token
)


#: Settings that were renamed. The old names are read until the next release.
RENAMED = {"person_max_jobs": "user_max_jobs", "person_daily_budget": "user_daily_budget"}


def warn_of_old_names(names: Collection[str]) -> None:
    for old, new in RENAMED.items():
        if old in names:
            logger.warning("setting {} was renamed: write {}", old, new)


class Settings(BaseSettings):
    model_config = CONFIGURATION

    app_env: Literal["local", "production"] = "local"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] | None = None
    sentry_dsn: SecretStr | None = None
    otel_endpoint: str | None = None

    tg_bot_token: SecretStr | None = None
    tg_api_base: str = "https://api.telegram.org"
    tg_api_local: bool = False
    tg_proxy: SecretStr | None = None
    tg_messages_per_second: float = Field(30, gt=0)
    tg_chat_messages_per_second: float = Field(1, gt=0)
    tg_group_messages_per_minute: int = Field(20, gt=0)
    tg_update_mode: Literal["polling", "webhook"] = "polling"
    tg_webhook_secret: SecretStr | None = None
    public_url: str | None = None
    tg_allowed_user_ids: UserIds = frozenset()
    tg_admin_user_ids: UserIds = frozenset()
    bots_file: Path | None = None
    bot: str | None = None

    api_host: str = "0.0.0.0"  # noqa: S104 - for servers behind a proxy or in a container
    api_port: int = Field(8000, ge=1, le=65535)
    api_token: SecretStr | None = None
    trusted_proxies: Networks = frozenset({ip_network("127.0.0.1")})

    redis_url: str = "redis://localhost:6379/0"

    fal_api_key: SecretStr | None = None
    fal_admin_key: SecretStr | None = None
    fal_queue_base_url: str = "https://queue.fal.run"
    fal_rest_base_url: str = "https://rest.fal.ai"
    fal_platform_base_url: str = "https://api.fal.ai"
    fal_run_base_url: str = "https://fal.run"
    fal_proxy: SecretStr | None = None
    fal_standard_model: str = "fal-ai/flux/schnell"
    fal_premium_model: str = "fal-ai/nano-banana"
    fal_image_edit_model: str = "fal-ai/nano-banana/edit"
    fal_inpainting_model: str = "fal-ai/flux-pro/v1/fill"
    fal_variation_model: str = "fal-ai/flux/dev/image-to-image"
    fal_upscale_model: str = "fal-ai/seedvr/upscale/image"
    fal_video_model: str = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
    fal_image_to_video_model: str = "fal-ai/bytedance/seedance/v1.5/pro/image-to-video"
    fal_background_removal_model: str = "fal-ai/bria/background/remove"
    fal_outpaint_model: str = "fal-ai/flux-2-pro/outpaint"
    fal_erase_model: str = "fal-ai/flux-pro/v1/erase"
    fal_first_last_frame_model: str = "fal-ai/veo3.1/lite/first-last-frame-to-video"
    fal_extend_video_model: str = "xai/grok-imagine-video/extend-video"
    fal_video_upscale_model: str = "fal-ai/seedvr/upscale/video"
    fal_text_model: str = "google/gemini-2.5-flash"
    fal_speech_model: str = "fal-ai/elevenlabs/speech-to-text/scribe-v2"

    image_poll_interval: float = Field(1, gt=0)
    video_poll_interval: float = Field(5, gt=0)
    image_max_wait_sec: float = Field(300, gt=0)
    video_max_wait_sec: float = Field(900, gt=0)

    user_max_jobs: int = Field(
        5, ge=0, validation_alias=AliasChoices("user_max_jobs", "person_max_jobs")
    )
    user_daily_budget: float = Field(
        5, ge=0, validation_alias=AliasChoices("user_daily_budget", "person_daily_budget")
    )
    user_monthly_budget: float = Field(0, ge=0)
    guest_daily_budget: float = Field(1, ge=0)
    guest_monthly_budget: float = Field(0, ge=0)
    team_daily_budget: float = Field(50, ge=0)
    team_monthly_budget: float = Field(0, ge=0)
    confirm_above: float = Field(0.1, ge=0)
    fal_unknown_price: float = Field(0.25, ge=0)
    fal_slots: int = Field(10, ge=0)
    fal_media_lifetime: int = Field(3, ge=0, le=3650)
    fal_store_io: bool = True

    media_dir: Path = Path("media")
    storage_url: str | None = None
    storage_links: Literal["storage", "app"] = "storage"
    media_keep_days: int = Field(0, ge=0)

    @field_validator("tg_allowed_user_ids", "tg_admin_user_ids", "trusted_proxies", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *args: Any, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        for source in sources.values():
            if isinstance(source, EnvSettingsSource):
                warn_of_old_names(source.env_vars)
        return super().settings_customise_sources(settings_cls, *args, **sources)

    @field_validator("storage_links", mode="before")
    @classmethod
    def rename_door(cls, value: object) -> object:
        if value != "door":
            return value
        logger.warning("storage_links=door was renamed: write storage_links=app")
        return "app"

    @field_validator("tg_webhook_secret")
    @classmethod
    def check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
        if value and not (
            1 <= len(value.get_secret_value()) <= 256 and set(value.get_secret_value()) <= allowed
        ):
            raise ValueError("must be 1 to 256 of A-Z, a-z, 0-9, _ and -")
        return value

    @field_validator("tg_proxy", "fal_proxy")
    @classmethod
    def check_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            check_proxy_url(value.get_secret_value())
        return value

    @field_validator("redis_url")
    @classmethod
    def check_redis_url(cls, value: str) -> str:
        if value.startswith(SENTINEL):
            SentinelUrl.parse(value)
        elif not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError(f"must begin with redis://, rediss://, unix:// or {SENTINEL}")
        return value

    @field_validator(
        "tg_api_base",
        "public_url",
        "fal_queue_base_url",
        "fal_rest_base_url",
        "fal_platform_base_url",
        "fal_run_base_url",
        "otel_endpoint",
    )
    @classmethod
    def strip_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("public_url")
    @classmethod
    def check_public_url(cls, value: str | None) -> str | None:
        """Require a scheme, a host and optionally a port: paths are appended, and Telegram and fal get the result."""
        parts = urlsplit(value or "")
        if value and value != f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}":
            raise ValueError("must have no path, like https://darkroom.example.com")
        return value

    @field_validator("otel_endpoint")
    @classmethod
    def check_endpoint(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @model_validator(mode="after")
    def check_together(self) -> "Settings":
        required: list[str] = []
        if self.app_env == "production":
            required += ["tg_bot_token", "fal_api_key", "api_token", "tg_allowed_user_ids"]
        if self.tg_update_mode == "webhook":
            required += ["tg_webhook_secret", "public_url"]
        problems: list[str] = []
        if missing := ", ".join(name for name in required if not getattr(self, name)):
            problems.append(
                f"not set: {missing}. Set them in .env or the environment; .env.example describes each."
            )
        if self.app_env == "production":
            problems += refusals(self)
        if problems:
            raise ValueError(" ".join(problems))
        return self

    def is_allowed(self, user_id: int) -> bool:
        """Return whether this user may use the bot. An empty allowlist admits everyone, locally only."""
        if not self.tg_allowed_user_ids:
            return self.app_env == "local"
        return user_id in self.tg_allowed_user_ids or user_id in self.tg_admin_user_ids

    @property
    def text_model(self) -> str | None:
        """The language model of the prompt helper; None if it is switched off or fal has no key."""
        return self._usable(self.fal_text_model)

    @property
    def speech_model(self) -> str | None:
        """The model that writes down voice messages; None if it is switched off or fal has no key."""
        return self._usable(self.fal_speech_model)

    def _usable(self, model: str) -> str | None:
        return model if self.fal_api_key and model.lower() != "off" else None

    @property
    def local_url(self) -> str:
        """URL of webhook_app for a client on this machine."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not bound to
        host = everywhere.get(self.api_host, self.api_host)
        return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{self.api_port}"


def read_settings() -> Settings:
    """Read the settings, or exit with a list of all problems."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit("The settings are not valid:\n  " + "\n  ".join(problems_of(error)))


def problems_of(error: ValidationError) -> list[str]:
    """List the problems, a line each, without the values."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return [
        ": ".join((*map(str, item["loc"]), item["msg"].removeprefix("Value error, ")))
        for item in found
    ]
