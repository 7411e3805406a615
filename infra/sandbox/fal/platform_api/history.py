"""An account's requests and bills: https://fal.ai/docs/platform-apis."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.platform_api.parameters import (
    expands,
    failure,
    ids,
    invalid,
    page,
    period,
    timestamp,
)
from infra.sandbox.fal.records import Bill, Record, State
from infra.sandbox.fal.scheduler import Scheduler

_MOST = 100
_DAYS_OF_ONE = 90
_DAYS_OF_BILLS = 90
_STATUSES = {"success": range(200, 300), "user_error": range(400, 500), "error": range(500, 600)}


class HistoryApi:
    def __init__(
        self, options: Options, scheduler: Scheduler, cdn: Cdn, authorization: Authorization
    ) -> None:
        self._options = options
        self._scheduler = scheduler
        self._cdn = cdn
        self._authorization = authorization

    async def requests(self, request: Request) -> Response:
        """List the account's requests of these models that have started; a queued one is missing."""
        account = self._authorization.platform_account(request)
        endpoints = ids(request, "endpoint_id", required=True)
        one, status = request.query_params.get("request_id"), request.query_params.get("status")
        order = request.query_params.get("sort_by", "ended_at")
        if status not in {None, *_STATUSES} or order not in {"ended_at", "duration"}:
            raise invalid("status or sort_by: unknown value")
        start, end = period(request, self._options.now(), days=_DAYS_OF_ONE if one else 1)
        found = [
            record
            for record in self._of(account)
            if record.started_at is not None
            and record.endpoint in endpoints
            and start <= record.created_at < end
            and one in {None, record.request_id}
            and (status is None or (record.status or 0) in _STATUSES[status])
        ]
        found.sort(key=_duration if order == "duration" else _ended, reverse=True)
        payloads = expands(request, "payloads")
        return page(request, "items", [_item(record, payloads=payloads) for record in found], _MOST)

    async def billing_events(self, request: Request) -> Response:
        account = self._authorization.platform_account(request, is_admin=True)
        requests, endpoints = ids(request, "request_id"), ids(request, "endpoint_id")
        start, end = period(request, self._options.now())
        if end - start > (_DAYS_OF_BILLS + 1) * 86_400:
            raise invalid(f"start, end: at most {_DAYS_OF_BILLS} days")
        events = [
            _event(record, bill)
            for record, bill in self._bills(account, start, end)
            if (not requests or record.request_id in requests)
            and (not endpoints or bill.endpoint in endpoints)
        ]
        return page(request, "billing_events", events[::-1], _MOST)

    async def usage(self, request: Request) -> Response:
        account = self._authorization.platform_account(request, is_admin=True)
        endpoints = ids(request, "endpoint_id")
        start, end = period(request, self._options.now())
        days: defaultdict[str, list[Bill]] = defaultdict(list)
        for record, bill in self._bills(account, start, end):
            if not endpoints or bill.endpoint in endpoints:
                days[timestamp(record.created_at)[:10]].append(bill)
        answer: dict[str, Any] = {"next_cursor": None, "has_more": False}
        if expands(request, "summary"):
            answer["summary"] = _lines([bill for bills in days.values() for bill in bills])
        if expands(request, "time_series") or "summary" not in answer:
            answer["time_series"] = [
                {"bucket": f"{day}T00:00:00Z", "results": _lines(bills)}
                for day, bills in sorted(days.items())
            ]
        return JSONResponse(answer)

    async def delete_payloads(self, request: Request) -> Response:
        """Delete a request's input and output, and the output's files; the input's files stay."""
        account = self._authorization.platform_account(request, is_admin=True)
        record = self._scheduler.find(request.path_params["request_id"])
        if record is None or record.account != account:
            raise failure(404, "not_found", "Request not found")
        if record.state is not State.COMPLETED:
            raise invalid("The request has not completed")
        prefix = f"{record.origin}/files/"
        output = json.loads(record.result) if record.result else None
        links = [url for url in _texts(output) if url.startswith(prefix)]
        for link in links:
            self._cdn.delete(link.removeprefix(prefix))
        self._scheduler.forget_payloads(record)
        results = [{"link": link, "exception": None} for link in links]
        return JSONResponse({"cdn_delete_results": results})

    async def billing(self, request: Request) -> Response:
        account = self._authorization.platform_account(request, is_admin=True)
        answer: dict[str, Any] = {"username": account}
        if expands(request, "credits"):
            balance = self._options.balance - self._scheduler.spent(account)
            answer["credits"] = {"current_balance": round(balance, 6), "currency": "USD"}
        return JSONResponse(answer)

    async def meta(self, _: Request) -> Response:
        """Return where webhooks come from: this computer."""
        return JSONResponse({"webhook_ip_ranges": ["127.0.0.0/8", "::1/128"]})

    def _of(self, account: str) -> Iterator[Record]:
        return (record for record in self._scheduler.records if record.account == account)

    def _bills(self, account: str, start: float, end: float) -> Iterator[tuple[Record, Bill]]:
        for record in self._of(account):
            if record.bill is not None and start <= record.created_at < end:
                yield record, record.bill


def _ended(record: Record) -> float:
    return record.completed_at or record.created_at


def _duration(record: Record) -> float:
    return (record.completed_at or record.created_at) - record.created_at


def _item(record: Record, *, payloads: bool) -> dict[str, Any]:
    done = record.completed_at is not None
    item: dict[str, Any] = {
        "request_id": record.request_id,
        "endpoint_id": record.endpoint,
        "sent_at": timestamp(record.created_at),
        "started_at": timestamp(record.started_at or record.created_at),
        "ended_at": timestamp(_ended(record)) if done else None,
        "status_code": record.status,
        "duration": round(_duration(record), 3) if done else None,
    }
    if payloads:
        kept = record.stores_payloads
        item["json_input"] = _parsed(record.input) if kept else None
        item["json_output"] = _parsed(record.result) if kept else None
    return item


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _event(record: Record, bill: Bill) -> dict[str, Any]:
    return {
        "request_id": record.request_id,
        "endpoint_id": bill.endpoint,
        "timestamp": timestamp(record.created_at),
        "output_units": bill.units,
        **_costs(bill),
        "cost_estimate_nano_usd": round(bill.dollars * 1e9),
    }


def _costs(bill: Bill) -> dict[str, Any]:
    return {
        "unit_price": bill.unit_price,
        "percent_discount": bill.discount or None,
        "cost_subtotal": bill.subtotal,
        "cost_discount": round(bill.subtotal - bill.dollars, 9),
        "cost_total": bill.dollars,
    }


def _lines(bills: list[Bill]) -> list[dict[str, Any]]:
    """Add up the bills of each endpoint, price and discount."""
    sums: defaultdict[tuple[str, str, float, float], float] = defaultdict(float)
    for bill in bills:
        sums[bill.endpoint, bill.unit, bill.unit_price, bill.discount] += bill.units
    added = [
        Bill(endpoint, unit, round(units, 6), price, discount)
        for (endpoint, unit, price, discount), units in sums.items()
    ]
    return [
        {
            "endpoint_id": bill.endpoint,
            "unit": bill.unit,
            "quantity": bill.units,
            **_costs(bill),
            "cost": bill.dollars,
            "currency": "USD",
        }
        for bill in added
    ]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)
