"""The doctor's checks, one module each."""

from collections.abc import Mapping

from infra.doctor.checks import (
    certificate,
    clock,
    dns,
    env_file,
    fal,
    redis,
    storage,
    telegram,
    webhook,
    webhook_app,
    workers,
)
from infra.doctor.runner import Check

CHECKS: Mapping[str, Check] = {
    "settings": env_file.check,
    "redis": redis.check,
    "storage": storage.check,
    "telegram": telegram.check,
    "webhook": webhook.check,
    "dns": dns.check,
    "certificate": certificate.check,
    "webhook_app": webhook_app.check,
    "workers": workers.check,
    "fal": fal.check,
    "clock": clock.check,
}
