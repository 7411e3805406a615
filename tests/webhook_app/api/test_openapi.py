from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from starlette.applications import Starlette

from tests.webhook_app.client import settings_for
from webhook_app.api.jobs import view
from webhook_app.app import create_app, routes
from worker.model import File, Job, Kind, Request, Status


@pytest.fixture
async def description(client: httpx.AsyncClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get("/openapi.json")).json()
    return answer


def check(content: Any, schema: str, description: dict[str, Any]) -> None:
    """Validate an answer against its published schema."""
    reference = {
        "$ref": f"#/components/schemas/{schema}",
        "components": description["components"],
    }
    OAS31Validator(reference).validate(content)


async def test_description_is_valid_openapi(
    client: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    """3.1, and the same as 3.0 for the documentation page, which reads nothing newer."""
    OpenAPIV31SpecValidator(description).validate()
    for_the_page = (await client.get("/docs/openapi.json")).json()
    OpenAPIV30SpecValidator(for_the_page).validate()
    assert {**for_the_page, "openapi": description["openapi"]} == description


def test_every_route_is_described_and_served() -> None:
    """Routes and description come from one table."""
    settings = settings_for("redis://127.0.0.1:1")
    served = {route.path for route in routes(settings) if route.include_in_schema}
    app: Starlette = create_app(settings)
    assert served == {
        *(
            "/telegram/webhook",
            "/fal/webhook/{job_id}/{token}",
            "/files/{token}",
            "/jobs",
            "/jobs/{job_id}",
            "/jobs/{job_id}/events",
        ),
        "/spending.csv",
        *("/health", "/metrics", "/version", "/openapi.json"),
    }
    assert len(app.routes) == len(routes(settings))


async def test_security_schemes_match_the_routes(
    client: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    """An operation with a scheme refuses strangers; one without accepts everybody."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            address = path.format(job_id="0" * 16, token="none")
            answer = await client.request(method, address, headers={"X-Forwarded-For": "192.0.2.7"})
            assert (answer.status_code in {401, 403}) == ("security" in operation), path


async def test_responses_match_their_schemas(
    client: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    """Health, version, problems, a page and a whole job."""
    check((await client.get("/health")).json(), "Health", description)
    check((await client.get("/version")).json(), "Version", description)
    check((await client.get("/jobs")).json(), "Page", description)
    check((await client.get("/jobs?limit=x")).json(), "Problem", description)
    check(view(_whole_job()), "Job", description)


def _whole_job() -> Job:
    request = Request(
        kind=Kind.VIDEO,
        user_id=1,
        chat_id=1,
        message_id=1,
        language="ru",
        prompt="волна",
        model="fal-ai/a-model",
        options={"audio": True},
    )
    file = File(
        key="videos/a.mp4", content_type="video/mp4", size=1, width=2, height=2, duration=4.0
    )
    return Job(
        id="0" * 16,
        request=request,
        status=Status.FAILED,
        created_at=1,
        updated_at=2,
        running_since=1.5,
        finished_at=2,
        position=3,
        files=(file,),
        seed="1",
        failure="moderation",
        detail="no",
    )
