"""How a command that has used the storage ends."""

import os
import sys
from typing import NoReturn


def exit_now(code: int) -> NoReturn:
    """End this process at once; whoever calls it has closed what was open.

    obstore's threads outlive its calls and may abort an interpreter that is being taken apart, so that a command which
    did its work ends by SIGABRT: https://github.com/PyO3/pyo3-async-runtimes/issues/40
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
