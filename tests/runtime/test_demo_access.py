"""This will prove that the demo's password and token are made once, kept private, and can be given."""

from pathlib import Path

import pytest

from config import demo_access


@pytest.fixture(autouse=True)
def fresh_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_LOOK_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("SECOND_LOOK_DEMO_PASSWORD", raising=False)
    monkeypatch.delenv("SECOND_LOOK_DEMO_TOKEN", raising=False)


def test_they_are_made_once_and_readable_only_by_their_owner() -> None:
    first = demo_access.read_or_make()
    assert demo_access.read_or_make() == first
    assert demo_access.kept_at().stat().st_mode & 0o777 == 0o600
    assert len(first.password) >= 10
    assert len(first.token) >= 40


def test_what_the_environment_gives_wins_and_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_LOOK_DEMO_PASSWORD", "a given password")
    access = demo_access.read_or_make()
    assert access.password == "a given password"
    assert "a given password" not in demo_access.kept_at().read_text()


def test_with_both_given_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_LOOK_DEMO_PASSWORD", "a given password")
    monkeypatch.setenv("SECOND_LOOK_DEMO_TOKEN", "a given token")
    assert demo_access.read_or_make() == demo_access.DemoAccess("a given password", "a given token")
    assert not demo_access.kept_at().exists()
