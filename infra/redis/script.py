"""Lua scripts: a `.lua` file beside the Python function that declares the script's keys and arguments.

`-- requires:` in a file names what comes before it: other `.lua` files, and Python constants (enums, sets, mappings,
numbers, texts) by their dotted names. `-- cluster:` says whether its keys could share a slot of a Redis cluster.
A script runs by its hash in one round trip: https://redis.io/docs/latest/commands/evalsha/
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import EnumType
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Concatenate

from arq.connections import ArqRedis
from redis.commands.core import AsyncScript

type Value = str | bytes | float
#: One of KEYS.
Key = Annotated[str, "KEYS"]
#: The rest of ARGV, up to some thousand values: a table in Lua.
Values = Annotated[Sequence[Value], "ARGV"]

#: Redis's time in milliseconds, as `now` in the scripts that use it: machines have no other common clock.
NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
ROOT = Path(__file__).parents[2]
_COMMENT = re.compile(r"--.*")
_NOW = re.compile(r"\bnow\b")
_MEMBER = re.compile(r"\b([A-Z]\w*)\.(\w+)")
_REQUIRES = re.compile(r"^-- requires: (.+)$", re.MULTILINE)


def lua_script[**P](function: Callable[Concatenate[ArqRedis, P], Awaitable[Any]]) -> "Script[P]":
    """Declare a script: the parameters of the function are local variables of `<function>.lua`.

    A `Key` is one of KEYS, `Values` come last; a `float` or `int` is a number in Lua, a `bool` is a boolean.
    """
    return Script(function)


class Script[**P]:
    """A Lua script. A call takes a client, and the values by name."""

    def __init__(self, function: Callable[Concatenate[ArqRedis, P], Awaitable[Any]]) -> None:
        self.path = Path(inspect.getfile(function)).with_name(f"{function.__name__}.lua")
        kinds = {
            name: parameter.annotation
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        self._keys = [name for name, kind in kinds.items() if kind is Key]
        self._arguments = {name: kind for name, kind in kinds.items() if kind not in (Key, Values)}
        self._rest = next((name for name, kind in kinds.items() if kind is Values), None)
        self._registered: AsyncScript | None = None

    async def __call__(self, redis: ArqRedis, *_: P.args, **values: P.kwargs) -> Any:
        given: dict[str, Any] = values
        keys = [given[name] for name in self._keys]
        arguments = [given[name] for name in self._arguments]
        # Redis has no booleans.
        arguments = [int(value) if isinstance(value, bool) else value for value in arguments]
        if self._rest:
            arguments += given[self._rest]
        return await self.run(redis, keys, arguments)

    async def run(self, redis: ArqRedis, keys: list[Any], arguments: list[Any]) -> Any:
        self._registered = self._registered or redis.register_script(self.source)
        return await self._registered(keys, arguments, redis)

    @cached_property
    def source(self) -> str:
        code = "\n".join(self.parts)
        return f"{NOW}\n{code}" if _NOW.search(_COMMENT.sub("", code)) else code

    @cached_property
    def parts(self) -> list[str]:
        """Everything that the script requires, its parameters, and the file.

        Members of enums are literals in them: Lua would build a table at each call.
        """
        required = self.requirements.values()
        enums = {value.__name__: value for value in required if isinstance(value, EnumType)}
        texts = [value for value in required if isinstance(value, str)]
        texts += [self.parameters, self.path.read_text()]
        return [_MEMBER.sub(partial(_member, enums), text) for text in texts]

    @cached_property
    def requirements(self) -> "dict[str, str | EnumType]":
        """Lua code and enums that the script requires, in order, by name."""
        return required_source(self.path.read_text(), {})

    @property
    def parameters(self) -> str:
        """Local variables for KEYS and ARGV."""
        lines = [f"local {name} = KEYS[{i}]" for i, name in enumerate(self._keys, 1)]
        for i, (name, kind) in enumerate(self._arguments.items(), 1):
            form = {int: "tonumber({})", float: "tonumber({})", bool: "{} == '1'"}.get(kind, "{}")
            lines.append(f"local {name} = {form.format(f'ARGV[{i}]')}")
        if self._rest:
            lines.append(f"local {self._rest} = {{ unpack(ARGV, {len(self._arguments) + 1}) }}")
        return "\n".join(lines)


def required_source(source: str, found: dict[str, str | EnumType]) -> dict[str, str | EnumType]:
    for name in ", ".join(_REQUIRES.findall(source)).split(", "):
        library = (ROOT / name.replace(".", "/")).with_suffix(".lua")
        if not name or name in found:
            continue
        if library.exists():
            required_source(library.read_text(), found)
            found[name] = library.read_text()
        else:
            module, _, constant = name.rpartition(".")
            value = getattr(import_module(module), constant)
            is_enum = isinstance(value, EnumType)
            found[name] = value if is_enum else f"local {constant} = {lua_literal(value)}"
    return found


def _member(enums: Mapping[str, EnumType], found: re.Match[str]) -> str:
    enum = enums.get(found[1])
    return lua_literal(enum.__members__[found[2]].value) if enum else found[0]


def lua_literal(value: Any) -> str:
    match value:
        case Mapping():
            fields = (
                f"[{lua_literal(name)}] = {lua_literal(item)}" for name, item in value.items()
            )
            return f"{{ {', '.join(fields)} }}"
        case AbstractSet():
            return lua_literal(dict.fromkeys(sorted(value), True))
        case tuple():
            return f"{{ {', '.join(map(lua_literal, value))} }}"
        case _:
            return json.dumps(value)
