"""Parsed systemd unit, reduced to what starts it: https://www.freedesktop.org/software/systemd/man/systemd.exec.html"""

import re
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDERS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))


@dataclass(frozen=True)
class Unit:
    """`settings` are those of all sections, each with its values in order."""

    name: str
    settings: Mapping[str, Sequence[str]]

    def words(self, setting: str) -> list[str]:
        return [word for value in self.settings.get(setting, ()) for word in shlex.split(value)]

    def one(self, setting: str, default: str = "") -> str:
        return self.settings.get(setting, (default,))[-1]

    @property
    def environment(self) -> dict[str, str]:
        files = [Path(name.removeprefix("-")) for name in self.words("EnvironmentFile")]
        lines = [line for file in files for line in file.read_text().splitlines()]
        pairs = [line.partition("=") for line in lines if "=" in line and line[0] not in "#;"]
        return {name.strip(): value.strip() for name, _, value in pairs}


def read_unit(name: str) -> Unit:
    """Load the unit with its drop-ins; `kind@instance` comes from the template `kind@`."""
    file = _find(name)
    drop_ins = sorted(
        found for folder in FOLDERS for found in (folder / f"{name}.d").glob("*.conf")
    )
    text = "\n".join(one.read_text() for one in (file, *drop_ins))
    return Unit(name, settings_of(text.replace("%i", _instance(name))))


def settings_of(text: str) -> dict[str, list[str]]:
    """Return the settings of all sections, each with its values in order."""
    settings: dict[str, list[str]] = defaultdict(list)
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        settings[key].append(value)
    return settings


def _find(name: str) -> Path:
    template = re.sub(r"@.*(?=\.service$)", "@", name)
    for folder in FOLDERS:
        for candidate in (name, template):
            if (folder / candidate).is_file():
                return folder / candidate
    raise FileNotFoundError(f"no unit {name}")


def _instance(name: str) -> str:
    return name.partition("@")[2].removesuffix(".service")
