import pytest

from infra.sandbox.fal.__main__ import main


def _says(
    arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """Run `python -m infra.sandbox.fal`; return its exit code and output."""
    monkeypatch.setattr("sys.argv", ["fal", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code, said.out + said.err


def test_help_lists_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help has each option with its default, how to configure a client, and the page with more."""
    code, said = _says("--help", monkeypatch, capsys)
    assert code == 0
    for name in ("--host", "--port", "--data", "--pace", "--key", "--slots", "--tls-cert"):
        assert f"\n  {name} " in said
    assert "fal_queue_base_url=" in said
    assert "8082" in said


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ("--pace quick", "such as 0.5"),
        ("--pace -1", "zero or a positive number"),
        ("--slots 0", "1 or more"),
        ("--key nonsense", "the form id:secret"),
        ("--tls-cert chain.pem", "give both, or neither"),
        ("--tls-key key.pem", "give both, or neither"),
    ],
)
def test_wrong_option_is_refused_with_advice(
    arguments: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command fails before it opens or writes anything."""
    code, said = _says(arguments, monkeypatch, capsys)
    assert code == 2
    assert advice in said
