"""One file a check; each looks by itself and says what it sees."""

from collections.abc import Mapping

from infra.doctor.checks import (
    certificate,
    clock,
    dns,
    env_file,
    fal,
    front_door,
    redis,
    storage,
    telegram,
    webhook,
    workers,
)
from infra.doctor.examination import Check

CHECKS: Mapping[str, Check] = {
    "settings": env_file.check,
    "redis": redis.check,
    "storage": storage.check,
    "telegram": telegram.check,
    "webhook": webhook.check,
    "dns": dns.check,
    "certificate": certificate.check,
    "front door": front_door.check,
    "workers": workers.check,
    "fal": fal.check,
    "clock": clock.check,
}
