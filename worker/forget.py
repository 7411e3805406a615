"""`python -m worker.forget` of earlier versions: see worker.users.erase."""

from infra.process.hard_exit import leave
from worker.users.erase import main

if __name__ == "__main__":
    leave(main())
