"""`python -m worker.forget` of earlier versions: see worker.users.erase."""

from worker.users.erase.__main__ import erase_user

if __name__ == "__main__":
    erase_user()
