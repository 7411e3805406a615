"""`python -m worker.poisoned` of earlier versions: see worker.operations.dead_letters."""

from infra.process.hard_exit import leave
from worker.operations.dead_letters import main

if __name__ == "__main__":
    leave(main())
