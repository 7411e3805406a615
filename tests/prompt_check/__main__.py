"""`make prompt-check`: translate thirty Russian prompts, and check what survived.

By default with the fake of fal. With --real it asks fal itself, with fal_api_key, which costs about a cent.
"""

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from pydantic import SecretStr

from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import LanguageModel
from infra.http_client import create_client
from infra.settings import Settings, read_settings
from tests.fal_process import run_fal
from tests.prompt_check.check import Outcome, check, read_prompts


async def _outcomes(settings: Settings) -> list[Outcome]:
    async with create_client(proxy=settings.fal_proxy) as http:
        model = LanguageModel(DirectRuns.open(settings, http), settings.fal_text_model)
        return [await check(model, expected) for expected in read_prompts()]


@click.command()
@click.option("--real", is_flag=True, help="Ask fal itself with fal_api_key: about $0.01.")
def main(*, real: bool) -> None:
    """Translate thirty Russian prompts, and check what survived."""
    with ExitStack() as stack:
        if real:
            settings = read_settings()
            if settings.text_model is None:
                sys.exit("fal_api_key is not set, or fal_text_model is off.")
            click.echo(f"asking {settings.fal_text_model} at fal: this costs about $0.01")
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = stack.enter_context(run_fal(folder, "--pace", "0"))
            settings = Settings(
                _env_file=None, fal_run_base_url=url, fal_api_key=SecretStr("prompt:check")
            )
        outcomes = asyncio.run(_outcomes(settings))
    for outcome in outcomes:
        click.echo(f"{'FAILED' if outcome.problems else 'ok    '} {outcome.words}")
        click.echo(f"       {outcome.translation or '(own words)'}")
        for problem in outcome.problems:
            click.echo(f"       - {problem}")
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    cost = sum(outcome.cost for outcome in outcomes)
    click.echo(f"{len(outcomes) - failed} of {len(outcomes)} prompts survived, ${cost:.4f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
