"""`make tour`: play every scene on a phone, in each language, and write a page with its screenshots."""

import argparse
import asyncio
import sys
from pathlib import Path

from anyio import Path as AsyncPath

from tests.tour.album import Sheet, page, write
from tests.tour.film import film_readme
from tests.tour.readme import photograph_readme
from tests.tour.scenes import INTRODUCTION, SCENES, TITLE, Scene
from tests.tour.stage import NAMES, Role, Stage, set_up

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"en": "tour.md", "ru": "tour.ru.md"}


def main() -> int:
    arguments = _parser().parse_args()
    asyncio.run(_tour(arguments.languages, arguments.scenes))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=__doc__)
    parser.add_argument("--languages", nargs="+", default=list(PAGES), choices=list(PAGES))
    parser.add_argument("--scenes", nargs="+", help="play these alone, and write no page")
    return parser


async def _tour(languages: list[str], names: list[str] | None) -> None:
    for language in languages:
        async with set_up(language) as stage:
            await (_rehearse(stage, names) if names else _make(stage))


async def _make(stage: Stage) -> None:
    language = stage.language
    async with stage.enter(NAMES[language][-1]) as actor:
        await photograph_readme(actor, DOCS / "images")
    async with stage.enter(NAMES[language][-2]) as actor:
        await film_readme(actor, DOCS / "images")
    sheets: list[Sheet] = []
    pictures: dict[str, bytes] = {}
    for scene in SCENES:
        seen = await _play(stage, scene)
        pictures |= seen
        sheets.append(Sheet(scene.title[language], scene.text[language], list(seen)))
    folder = DOCS / "images" / "tour" / language
    content = page(TITLE[language], INTRODUCTION[language], sheets, f"images/tour/{language}")
    write(DOCS / PAGES[language], content, pictures, folder)


async def _rehearse(stage: Stage, names: list[str]) -> None:
    """Write screenshots to the working directory, for work on a scene."""
    for scene in SCENES:
        if scene.name in names:
            for name, picture in (await _play(stage, scene)).items():
                await AsyncPath(f"{stage.language}-{name}").write_bytes(picture)


async def _play(stage: Stage, scene: Scene) -> dict[str, bytes]:
    print(f"{stage.language} {scene.name}", flush=True)  # noqa: T201 - a command's progress
    name = NAMES[stage.language][SCENES.index(scene)]
    entering = stage.enter_admin() if scene.role is Role.ADMIN else stage.enter(name, scene.role)
    async with entering as actor:
        shots = [shot async for shot in scene.play(actor)]
    names = (f"{scene.name}-{number}.webp" for number in range(1, len(shots) + 1))
    return dict(zip(names, shots, strict=True))


if __name__ == "__main__":
    sys.exit(main())
