"""This will prove that the embedded servers run exactly as long as somebody uses them."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.embedded import paths
from config.embedded.locks import Lock
from config.embedded.paths import CHECKOUT, Places
from config.embedded.processes import wait_until
from tests.runtime.conftest import server_processes

USE = """
import sys
from config import embedded
with embedded.servers():
    print("in", flush=True)
    sys.stdin.readline()
"""


def user_process() -> subprocess.Popen[bytes]:
    """Start another process that uses the servers until it reads a line."""
    return subprocess.Popen([sys.executable, "-c", USE], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def says_in(user: subprocess.Popen[bytes]) -> bool:
    assert user.stdout is not None
    return user.stdout.readline() == b"in\n"


def ask(question: str) -> object:
    with psycopg.connect(embedded.database_url()) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[call-overload]
        assert row is not None
        return row[0]


def test_both_servers_answer_inside_the_block_and_are_gone_after_it(home: Places) -> None:
    with embedded.servers():
        assert ask("SHOW server_version").startswith("18")  # type: ignore[attr-defined]
        assert ask("SHOW server_encoding") == "UTF8"
        assert ask("SHOW listen_addresses") == ""
        assert home.valkey_socket.is_socket()
        assert len(server_processes(home)) >= 2
    assert server_processes(home) == []


def test_what_was_written_is_there_at_the_second_start(home: Places) -> None:
    with embedded.servers(), psycopg.connect(embedded.database_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with embedded.servers():
        assert ask("SELECT number FROM kept") == 7


def test_two_processes_at_once_share_one_pair_and_the_last_one_out_stops_it(home: Places) -> None:
    users = [user_process(), user_process()]
    assert all(says_in(user) for user in users)
    assert sum("-D" in process.cmdline() for process in server_processes(home) if "-k" in process.cmdline()) == 1
    users[0].communicate(b"\n")
    with embedded.servers():
        users[1].communicate(b"\n")
        assert ask("SELECT 1") == 1
    assert server_processes(home) == []


def test_a_killed_user_leaves_no_servers_behind(home: Places) -> None:
    user = user_process()
    assert says_in(user)
    user.kill()
    user.communicate()
    assert wait_until(lambda: server_processes(home) == [], seconds=60)


def test_after_a_killed_keeper_the_next_start_works(home: Places) -> None:
    user = user_process()
    assert says_in(user)
    keeper = psutil.Process(user.pid).children()[0]
    keeper.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not embedded.is_kept(), seconds=60)
    with embedded.servers():
        assert ask("SELECT 1") == 1
        user.communicate(b"\n")


def test_a_pid_file_that_names_a_stranger_is_not_in_the_way(home: Places) -> None:
    with embedded.servers():
        pass
    pid_file = home.postgresql_data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{home.postgresql_data}\n")
    with embedded.servers():
        assert ask("SELECT 1") == 1


def test_a_server_that_dies_is_started_again(home: Places) -> None:
    with embedded.servers():
        postmaster = int((home.postgresql_data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        assert wait_until(lambda: not psutil.pid_exists(postmaster), seconds=60)
        embedded.ensure()
        assert ask("SELECT 1") == 1


def test_a_keeper_that_is_about_to_go_is_replaced(home: Places) -> None:
    with Lock(home.lock("keeper")) as going:
        assert going.try_exclusive()
        gone = threading.Timer(0.5, going.release)
        gone.start()
        with embedded.servers():
            assert ask("SELECT 1") == 1
        gone.join()


def test_data_of_another_major_version_is_refused_with_a_sentence(home: Places) -> None:
    home.postgresql_data.mkdir(parents=True)
    (home.postgresql_data / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.ServersFailed, match=r"was made by PostgreSQL 16.*runs 18") as refusal:
        with embedded.servers():
            pass
    assert "\n" not in str(refusal.value)


def test_nothing_is_started_where_the_environment_names_both_servers(
    home: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@elsewhere/database")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere/0")
    with embedded.servers():
        assert not home.home.exists()


def test_a_socket_path_beyond_the_kernels_limit_moves_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "is_root", lambda: False)
    monkeypatch.setenv("SECOND_LOOK_VAR", str(tmp_path / ("long" * 25)))
    here = paths.places()
    assert here.sockets.parent == paths.SHORT_FOLDER
    assert here.home.is_relative_to(tmp_path)


def test_root_keeps_data_where_services_do_and_under_a_user_of_its_own(home: Places) -> None:
    if not paths.is_root():
        pytest.skip("Only root needs another user.")
    with embedded.servers():
        postmaster = psutil.Process(int((home.postgresql_data / "postmaster.pid").read_text().split()[0]))
        assert home.home.parent == paths.ROOT_HOME
        assert postmaster.username() == "second-look"
        assert home.sockets.stat().st_mode & 0o077 == 0
