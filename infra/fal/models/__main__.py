import sys
from typing import NoReturn

import click

from infra.cli import CONTEXT
from infra.fal.models.schema_check import main


@click.command(context_settings=CONTEXT)
def models() -> NoReturn:
    """Check the models against fal's schemas.

    For every model a request with each combination of its options is held to the schema that is stored for it. The
    exit code is 1 when a model would be sent what it does not take.
    """
    sys.exit(main())


if __name__ == "__main__":
    models()
