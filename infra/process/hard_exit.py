"""Exit of a command that has used the storage."""

import os
import sys
from typing import NoReturn


def exit_now(code: int) -> NoReturn:
    """End this process at once, without finalization. The caller has closed its resources.

    obstore's threads outlive its calls and can abort an interpreter that is shutting down, so that a successful command
    ends by SIGABRT: https://github.com/PyO3/pyo3-async-runtimes/issues/40
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
