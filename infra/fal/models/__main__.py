import sys
from typing import NoReturn

import click

from infra.cli import CONTEXT
from infra.fal.models.schema_check import main


@click.command(context_settings=CONTEXT)
def models() -> NoReturn:
    """Check the models against fal's schemas.

    For every model, a request with each combination of its options is validated against the model's stored schema.
    The exit code is 1 if a request is not valid.
    """
    sys.exit(main())


if __name__ == "__main__":
    models()
