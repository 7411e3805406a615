"""`python -m infra.archive` of earlier versions: see infra.storage.migrate."""

from infra.process.hard_exit import leave
from infra.storage.migrate import main

if __name__ == "__main__":
    leave(main())
