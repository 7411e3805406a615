from pathlib import Path

from tests.bench.network import Measured, _report
from tests.bench.shares import Shares


def _measured(*workers: float) -> dict[str, Measured]:
    return {
        f"case {n}": Measured(each * 100, 0.01, each * 300, 1) for n, each in enumerate(workers)
    }


def test_workers_count_relative_to_one() -> None:
    """To one with a share where each has one, to one on whole cores where all use the same."""
    shared = _report(_measured(1.2, 1.0, 0.9, 1.8, 3.6), Shares(0.2, Path("cgroup")))
    assert [finding.met for finding in shared.findings] == [True, True, True]
    assert shared.findings[2].measured == "2.0 and 4.0 × the answers, 2.0 and 4.0 × the polls"
    crowded = _report(_measured(1.2, 1.0, 1.5, 1.4), None)
    assert crowded.findings[1].measured == "1.5 and 1.4 × the answers, 1.5 and 1.4 × the polls"
    assert crowded.findings[1].met is None
