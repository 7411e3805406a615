"""`python -m worker.poisoned` of earlier versions: see worker.operations.dead_letters."""

from worker.operations.dead_letters import dead_letters

if __name__ == "__main__":
    dead_letters()
