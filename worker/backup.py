"""`python -m worker.backup` of earlier versions: see worker.operations.backup."""

from worker.operations.backup.__main__ import backup

if __name__ == "__main__":
    backup()
