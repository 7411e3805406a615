"""An S3 object store over HTTP, by moto. https://docs.getmoto.org/en/latest/docs/server_mode.html."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx
import pytest

from infra.storage.store import Storage
from tests.processes import free_port, status_of, wait_until


class S3:
    """A server that keeps its objects in memory until it stops."""

    #: The setting for an operator.
    storage_url = "s3://bucket/team"

    def __init__(self, folder: Path) -> None:
        self._log = folder / "object-store.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the address and the credentials as obstore reads them."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: status_of(self.url) > 0, f"the object store at {self.url}")
        made = httpx.put(f"{self.url}/bucket", trust_env=False)
        assert made.is_success, made.text

    def stop(self) -> None:
        if self._running:
            self._running.terminate()
            self._running.wait()
            self._running = None


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """One server for the tests of a process, in which each has its own prefix."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def object_store(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return Storage.open(tmp_path / "media", f"{s3.storage_url}/{uuid4().hex}")
