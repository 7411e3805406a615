"""Import aiogram without building its models; each is built when it is first used.

aiogram builds its 600 pydantic models on import. A worker uses about thirty of them; the others took most of the time
and memory of its start.
https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.defer_build
"""

import sys
from typing import Any

from pydantic import BaseModel


def import_aiogram() -> None:
    """Import aiogram without building its models. Call this before any other import of it; later it does nothing."""
    if "aiogram" in sys.modules:
        return
    names: dict[str, Any] = {}

    def skip(_: type[BaseModel], *, _types_namespace: dict[str, Any]) -> None:
        names.update(_types_namespace)

    # aiogram rebuilds each model with the names of all, which its modules import for type checking only.
    rebuild = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = classmethod(skip)  # type: ignore[assignment, method-assign]
    try:
        import aiogram.types  # noqa: F401 - while it is replaced
    finally:
        BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]
    for name, module in [*sys.modules.items()]:
        if name.startswith("aiogram.types."):
            vars(module).update(names | vars(module))
