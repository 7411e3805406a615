"""Import aiogram without building its models; each but Message is built when it is first used.

aiogram builds its 600 pydantic models on import. A worker uses about thirty of them; the others took most of the time
and memory of its start.
https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.defer_build
"""

import sys
from typing import Any

from pydantic import BaseModel, ConfigDict


def import_aiogram() -> None:
    """Import aiogram and build Message only. Call this before any other import of it; later it does nothing."""
    if "aiogram" in sys.modules:
        return
    names: dict[str, Any] = {}

    def skip(_: type[BaseModel], *, _types_namespace: dict[str, Any]) -> None:
        names.update(_types_namespace)

    # aiogram rebuilds each model with the names of all, which its modules import for type checking only.
    rebuild, config = BaseModel.__dict__["model_rebuild"], BaseModel.model_config
    BaseModel.model_rebuild = classmethod(skip)  # type: ignore[assignment, method-assign]
    # Models inherit it: a model whose names are all known would be built when its class is created.
    BaseModel.model_config = ConfigDict(defer_build=True)
    try:
        import aiogram.types
    finally:
        BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]
        BaseModel.model_config = config
    for name, module in [*sys.modules.items()]:
        if name.startswith("aiogram.types."):
            vars(module).update(names | vars(module))
    # Updates, presses and the responses to most calls contain messages. Each builds a validator of its own for what
    # is not built yet, which takes 0.1 s and 3 MB.
    aiogram.types.Message.model_rebuild()
