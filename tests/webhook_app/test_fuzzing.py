"""The API against its OpenAPI description, by https://schemathesis.readthedocs.io/."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.processes import Process, free_port
from tests.valkey import ValkeyServer
from tests.webhook_app.client import SECRET, TOKEN
from tests.webhook_app.http.test_auth import TOKEN as API_TOKEN
from webhook_app.api.openapi import OPERATIONS

pytestmark = pytest.mark.slow

OWNER = {"Authorization": f"Bearer {API_TOKEN}", "X-Telegram-Bot-Api-Secret-Token": SECRET}
# Telegram would repeat refused updates for ever; and without a worker this service is not healthy.
BY_DESIGN: dict[str, list[schemathesis.CheckFunction]] = {
    "explain_refusal": [negative_data_rejection],
    "show_health": [not_a_server_error],
}
ADDRESSES = (f"198.51.{number // 250}.{number % 250}" for number in itertools.count())


@pytest.fixture(scope="module")
def url(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """webhook_app as a process, with every route that it can have."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "redis_url": valkey.url,
        "api_host": "127.0.0.1",
        "api_port": str(port),
        "api_token": API_TOKEN,
        "tg_bot_token": TOKEN,
        "tg_api_base": "http://127.0.0.1:1",
        "tg_update_mode": "webhook",
        "tg_webhook_secret": SECRET,
        "public_url": address,
    }
    folder: Path = tmp_path_factory.mktemp("webhook_app")
    process = Process("web", ("-m", "webhook_app"), environment, folder).start()
    process.wait_for(f"{address}/version")
    yield address
    process.stop()


@pytest.fixture(scope="module")
def description(url: str) -> OpenApiSchema:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def _ways() -> list[tuple[str, GenerationMode]]:
    """Return each operation with valid and, if it takes input, invalid input."""
    taking = {
        name for name, operation in OPERATIONS.items() if operation.parameters or operation.body
    }
    right = [(name, GenerationMode.POSITIVE) for name in sorted(OPERATIONS)]
    return right + [(name, GenerationMode.NEGATIVE) for name in sorted(taking)]


@pytest.mark.parametrize(("name", "mode"), _ways())
def test_api_matches_its_description(
    description: OpenApiSchema, name: str, mode: GenerationMode
) -> None:
    """Valid and invalid parameters, headers and bodies: no 500, and only described responses."""
    operation = description.find_operation_by_id(name)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case[Any]) -> None:
        # Each from its own address: wrong tokens are counted by address.
        headers = {**OWNER, "X-Forwarded-For": next(ADDRESSES)}
        case.call_and_validate(headers=headers, excluded_checks=BY_DESIGN.get(name, []))

    ask()
