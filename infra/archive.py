"""`python -m infra.archive` of earlier versions: see infra.storage.migrate."""

from infra.storage.migrate import migrate_media

if __name__ == "__main__":
    migrate_media()
