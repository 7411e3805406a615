"""GET /spending.csv: what was spent on each day, by user and by model. https://www.rfc-editor.org/rfc/rfc4180"""

import csv
from collections.abc import AsyncIterator, Iterator, Mapping
from io import StringIO
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response, StreamingResponse

from webhook_app.api.schemas import SPENDING_DAYS
from webhook_app.dashboard.state import DashboardRequest
from webhook_app.http.problem_details import InvalidRequest
from worker.limits.ledger import LEDGER_DAYS, Account, Usage
from worker.users.store import User

#: Spreadsheets take a cell that begins with one of these for a formula.
#: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADER = ("day", "by", "id", "name", "jobs", "dollars")


class Query(BaseModel):
    """Query parameters of GET /spending.csv."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=LEDGER_DAYS)] = SPENDING_DAYS


async def download_spending(request: DashboardRequest) -> Response:
    try:
        query = Query.model_validate(dict(request.query_params))
    except ValidationError as error:
        messages = {str(item["loc"][0]): item["msg"] for item in error.errors()}
        raise InvalidRequest(messages) from None
    reader = (await request.state["dashboard"].open()).reader
    # Oldest first. A day is read when its rows are sent.
    days = reader.ledger.last_days(query.days)[::-1]
    # The first one before the response begins: afterwards no status can report that Redis is away.
    first = await reader.ledger.read_each(days[:1])

    async def lines() -> AsyncIterator[str]:
        yield _encode([_HEADER])
        for day in days:
            account = (first if day in first else await reader.ledger.read_each([day]))[day]
            users = await reader.users.get_many(account.users)
            yield _encode(_rows(day, account, users))

    name = f"darkroom-spending-{days[-1]}.csv"
    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _rows(day: str, account: Account, users: Mapping[int, User]) -> Iterator[tuple[object, ...]]:
    """Yield the day's sum, and then the same sum by user and by model, with the prompt helper beside the models."""
    if account.total.is_empty:
        return
    yield (day, "team", "", "", *_usage(account.total))
    for user_id, usage in sorted(account.users.items()):
        yield (day, "user", user_id, users[user_id].name, *_usage(usage))
    for endpoint, usage in sorted(account.models.items()):
        yield (day, "model", endpoint, "", *_usage(usage))
    if not account.helper.is_empty:
        yield (day, "helper", "", "", *_usage(account.helper))


def _usage(usage: Usage) -> tuple[int, str]:
    return usage.jobs, f"{usage.dollars:.6f}"


def _encode(rows: Iterator[tuple[object, ...]] | list[tuple[str, ...]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows([_defuse(cell) for cell in row] for row in rows)
    return text.getvalue()


def _defuse(cell: object) -> object:
    """Keep a spreadsheet from running a text as a formula."""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell
