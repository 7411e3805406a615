"""`python -m worker.backup` of earlier versions: see worker.operations.backup."""

from infra.process.hard_exit import leave
from worker.operations.backup.__main__ import main

if __name__ == "__main__":
    leave(main())
