"""This will prove that a log is followed line by line, also when it starts over."""

from pathlib import Path

import pytest

from config.supervision.printing import Follower, is_news, say


def test_only_what_was_added_is_read_and_only_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    follower = Follower(log)
    assert follower.new_lines() == []
    log.write_text("one\ntw")
    assert follower.new_lines() == ["one"]
    log.write_text("one\ntwo\n")
    assert follower.new_lines() == ["two"]
    assert follower.new_lines() == []


def test_a_log_that_starts_over_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a long first line\n")
    follower = Follower(log)
    follower.new_lines()
    log.write_text("new\n")
    assert follower.new_lines() == ["new"]


def test_errors_are_news_and_routine_is_not() -> None:
    assert is_news("FATAL:  out of memory")
    assert not is_news("LOG:  database system is ready to accept connections")
    assert not is_news("")


def test_a_line_carries_the_name_of_who_said_it(capsys: pytest.CaptureFixture[str]) -> None:
    say("web", "hello")
    assert capsys.readouterr().out == "web       | hello\n"
