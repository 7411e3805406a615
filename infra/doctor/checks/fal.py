"""Check of fal's key and balance, without costs."""

import time
from collections.abc import Sequence

import httpx

from infra.doctor.finding import Finding, ok, problem, warning
from infra.errors import FailureKind, ProviderError
from infra.fal.account import check_key, read_balance
from infra.fal.billing_events import BillingEvents
from infra.fal.client import FalClient
from infra.fal.connection import Connection
from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import TEXT
from infra.fal.models.catalogue import MODELS
from infra.fal.models.drift import DriftKind, find_drift
from infra.fal.models.platform import ONCE, KeyRefusedError, Platform, PlatformError
from infra.http_client import create_client
from infra.settings import Settings

_LOW = 5.0
_TO_DO = {
    DriftKind.GONE: "Choose another in the settings: darkroom models list names them.",
    DriftKind.DEPRECATED: "Choose its successor in the settings: darkroom models list names them.",
    DriftKind.PRICE: "Run darkroom models refresh, so that estimates and budgets follow.",
}
_ADMIN_SCOPE = "Create a key with the scope ADMIN at https://fal.ai/dashboard/keys, or remove it."
_TOP_UP = "Top up at https://fal.ai/dashboard/billing."


async def check(settings: Settings) -> Sequence[Finding]:
    if not settings.fal_api_key:
        return [problem("fal_api_key is not set.", "Get one from https://fal.ai/dashboard/keys.")]
    async with create_client(proxy=settings.fal_proxy) as http:
        connection = FalClient(
            http,
            api_key=settings.fal_api_key.get_secret_value(),
            queue_base_url=settings.fal_queue_base_url,
            rest_base_url=settings.fal_rest_base_url,
        ).connection
        try:
            await check_key(connection)
            way = ", through fal_proxy" if settings.fal_proxy else ""
            return [
                ok(f"fal accepts the key{way}."),
                await check_balance(connection),
                await check_text_model(settings, http),
                *await check_models(settings, http),
                *await check_admin_key(settings, http),
            ]
        except ProviderError as error:
            if error.kind is FailureKind.KEY:
                again = "Copy fal_api_key again from https://fal.ai/dashboard/keys."
                return [problem("fal refuses the key.", again)]
            way = "fal_proxy" if settings.fal_proxy else "the network"
            return [
                problem(str(error), f"Check {way}, fal_queue_base_url and https://status.fal.ai.")
            ]


async def check_models(settings: Settings, http: httpx.AsyncClient) -> Sequence[Finding]:
    """Compare the models that the settings name with fal's."""
    assert settings.fal_api_key  # noqa: S101 - checked before
    named = {getattr(settings, name) for name in Settings.model_fields if name.endswith("_model")}
    platform = Platform(
        http,
        base_url=settings.fal_platform_base_url,
        api_key=settings.fal_api_key.get_secret_value(),
        retry=ONCE,
    )
    models = {name: model for name, model in MODELS.items() if name in named}
    try:
        found = await find_drift(platform, models)
    except PlatformError as error:
        return [warning("The models were not compared with fal's.", str(error))]
    if not found:
        return [ok("fal has the models of the settings, at the known prices.")]
    return [warning(f"{drift}.", _TO_DO[drift.kind]) for drift in found]


async def check_admin_key(settings: Settings, http: httpx.AsyncClient) -> Sequence[Finding]:
    """Check that the key, if there is one, may read the account's bills."""
    if not settings.fal_admin_key:
        return []
    platform = Platform(
        http,
        base_url=settings.fal_platform_base_url,
        api_key=settings.fal_admin_key.get_secret_value(),
        retry=ONCE,
    )
    now = time.time()
    try:
        await BillingEvents(platform).page(now - 3600, now, limit=1)
    except KeyRefusedError:
        return [problem("fal_admin_key may not read fal's bills.", _ADMIN_SCOPE)]
    except PlatformError as error:
        return [warning("fal_admin_key was not checked.", str(error))]
    return [ok("fal_admin_key may read fal's bills.")]


async def check_text_model(settings: Settings, http: httpx.AsyncClient) -> Finding:
    """Check whether fal takes requests for the language model, by one without a prompt, which it does not run."""
    if settings.text_model is None:
        return ok("fal_text_model is off: prompts are not translated, improved or checked.")
    runs = DirectRuns.open(settings, http)
    try:
        await runs.run(TEXT, {"model": settings.text_model}, timeout=10)
    except ProviderError as error:
        if error.kind is FailureKind.BAD_INPUT:
            return ok("fal takes requests for the language model of fal_text_model.")
        return warning(
            f"The language model is not available: {error} Orders go on with the users' own words.",
            "Check fal_run_base_url and https://status.fal.ai, or set fal_text_model=off.",
        )
    return warning("fal answered a request without a prompt.", "Check fal_run_base_url.")


async def check_balance(connection: Connection) -> Finding:
    balance = await read_balance(connection)
    if balance is None:
        return warning(
            "fal does not return the account's balance for this key.",
            "See https://fal.ai/dashboard/billing.",
        )
    left = f"The account's balance is ${balance:.2f}."
    if balance <= 0:
        return problem(left, _TOP_UP)
    return warning(left, _TOP_UP) if balance < _LOW else ok(left)
