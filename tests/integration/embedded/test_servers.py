"""PostgreSQL and nats-server as children: what a crash, a stranger's folder or another user must not break."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nats
import psycopg
import pytest

from libs.servers import NatsServer, PostgresServer, Process, ServerError, free_port
from libs.servers.identity import choose_identity

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become somebody else")


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o711)
    return tmp_path


@pytest.fixture
def postgres(folder):
    server = PostgresServer(folder / "postgresql", port=free_port(), password="invented", logs=folder)
    yield server
    server.stop()


@pytest.fixture
def jetstream(folder):
    server = NatsServer(folder / "nats", port=free_port(), passwords={"relais": "invented"}, logs=folder)
    yield server
    server.stop()


def start(server):
    server.prepare()
    server.start()
    server.wait_ready()


def ask(server, statement):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


def ends(pid, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_what_was_committed_survives_kill_9_of_the_server(postgres):
    start(postgres)
    ask(postgres, "CREATE TABLE kept AS SELECT 1 AS number")
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.stop()
    start(postgres)
    assert ask(postgres, "SELECT number FROM kept") == [(1,)]


def test_a_pid_file_that_names_a_living_stranger_is_no_obstacle(postgres):
    start(postgres)
    postgres.stop()
    (postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.folder}\n1\n1\n\n127.0.0.1\n\n")
    start(postgres)
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_a_data_folder_that_was_never_finished_is_made_anew(postgres):
    unfinished = postgres.folder.with_name("postgresql.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    start(postgres)
    assert ask(postgres, "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_it_writes_to_disk_before_it_answers(postgres):
    start(postgres)
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        assert ask(postgres, f"SHOW {setting}") == [("on",)]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: (data / "PG_VERSION").write_text("17\n"), "holds data of PostgreSQL 17"),
        (lambda data: (data / "PG_VERSION").unlink(), "holds no PostgreSQL data, or only part of it"),
        (lambda data: (data / "global" / "pg_control").unlink(), "holds no PostgreSQL data, or only part of it"),
    ],
)
def test_a_folder_with_something_else_is_refused_in_one_sentence(postgres, damage, sentence):
    postgres.prepare()
    damage(postgres.folder)
    with pytest.raises(ServerError, match=sentence) as error:
        postgres.prepare()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("control", [b"", b"x" * 8_192])
def test_damaged_data_is_named_in_one_sentence_that_says_what_to_do(postgres, control):
    postgres.prepare()
    (postgres.folder / "global" / "pg_control").write_bytes(control)
    postgres.start()
    with pytest.raises(ServerError, match=r"its data in .* is damaged .* move it away to start afresh") as error:
        postgres.wait_ready()
    assert "\n" not in str(error.value)


def test_a_child_that_found_the_disk_full_says_so_in_one_sentence(folder):
    child = Process("child", ["sh", "-c", "echo 'write: No space left on device'; exit 1"], logs=folder)
    child.start()
    with pytest.raises(ServerError, match=r"^child stopped while it was starting, for its disk is full;") as error:
        child.wait_ready(lambda: False)
    assert "\n" not in str(error.value)


def test_a_child_that_is_never_ready_is_told_with_the_end_of_its_log(folder):
    child = Process("child", ["sh", "-c", "echo hello; exec sleep 60"], logs=folder)
    child.start()
    try:
        with pytest.raises(ServerError, match=r"^child was not ready after 0.3 seconds.*ends with:\nhello$"):
            child.wait_ready(lambda: False, seconds=0.3)
    finally:
        child.stop()


def test_a_child_that_does_not_listen_is_ended_firmly(folder):
    child = Process("child", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"], logs=folder)
    child.start()
    child.wait_ready(lambda: child.log.read_text() == "up\n")
    child.stop(seconds=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_the_log_of_the_time_before_is_kept(folder):
    child = Process("child", ["sh", "-c", "echo first; exec sleep 60"], logs=folder)
    for _ in range(2):
        child.start()
        child.wait_ready(lambda: child.log.read_text() == "first\n")
        child.stop()
    assert child.log.with_suffix(".log.old").read_text() == "first\n"


def test_the_role_of_a_service_owns_its_database_and_reaches_no_other(postgres):
    start(postgres)
    own = postgres.create_service_database("directory", "first")
    other = postgres.create_service_database("search", "second")
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE TABLE private AS SELECT 'secret' AS word")
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("CREATE TABLE mine ()")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY mine FROM PROGRAM 'true'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE relais_search")
    for database in ("relais_search", "postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(own, dbname=database)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(own, password="guessed")


def test_creating_a_service_database_again_keeps_what_it_holds(postgres):
    start(postgres)
    with psycopg.connect(postgres.create_service_database("directory", "first"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
    with psycopg.connect(postgres.create_service_database("directory", "second")) as connection:
        connection.execute("SELECT * FROM kept")


async def test_acknowledged_messages_survive_kill_9_of_nats_server(jetstream):
    start(jetstream)
    client = await nats.connect(jetstream.url())
    await client.jetstream().add_stream(name="TRIAL", subjects=["trial"])
    await client.jetstream().publish("trial", b"kept")
    await client.close()
    os.kill(jetstream.process.pid, signal.SIGKILL)
    jetstream.stop()
    start(jetstream)
    client = await nats.connect(jetstream.url())
    assert (await client.jetstream().get_last_msg("TRIAL", "trial")).data == b"kept"
    await client.close()


def test_nats_server_asks_for_the_password_that_only_its_owner_can_read(jetstream):
    start(jetstream)
    with socket.create_connection(("127.0.0.1", jetstream.port), timeout=5) as stranger, stranger.makefile() as answers:
        stranger.sendall(b'CONNECT {"user":"relais","pass":"guessed"}\r\nPING\r\n')
        assert answers.readline().startswith("INFO")
        assert answers.readline().strip() == "-ERR 'Authorization Violation'"
    assert (jetstream.folder / "nats-server.conf").stat().st_mode & 0o077 == 0
    assert "sync_interval" in (jetstream.folder / "nats-server.conf").read_text()


STARTER = """
import sys, time
from pathlib import Path
from libs.servers import NatsServer, PostgresServer
folder = Path(sys.argv[1])
postgres = PostgresServer(folder / "postgresql", port=int(sys.argv[2]), password="invented", logs=folder)
jetstream = NatsServer(folder / "nats", port=int(sys.argv[3]), passwords={"relais": "invented"}, logs=folder)
for server in (postgres, jetstream):
    server.prepare(); server.start()
for server in (postgres, jetstream):
    server.wait_ready()
print(postgres.process.pid, jetstream.process.pid, flush=True)
time.sleep(60)
"""


def test_the_servers_end_with_whoever_started_them_and_can_be_started_again(folder, postgres, jetstream):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), str(postgres.port), str(jetstream.port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = [int(text) for text in starter.stdout.readline().split()]
    starter.kill()
    starter.communicate()
    start(postgres)
    start(jetstream)
    assert all(ends(pid) for pid in pids)
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_a_server_that_outlived_its_starter_is_ended_before_the_next_one(folder, jetstream):
    start(jetstream)
    first = jetstream.process.pid
    again = NatsServer(jetstream.folder, port=jetstream.port, passwords={"relais": "invented"}, logs=folder)
    start(again)
    try:
        assert ends(first)
        assert again.process.running
    finally:
        again.stop()


@needs_root
def test_root_runs_it_below_a_closed_folder_in_a_user_namespace(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "postgresql", port=free_port(), password="invented", logs=closed)
    if choose_identity(server.folder, Path("/bin/true")).prefix[0] != "unshare":
        pytest.skip("user namespaces are refused here")
    try:
        start(server)
        assert ask(server, "SELECT 1") == [(1,)]
        assert server.folder.stat().st_uid == 0
    finally:
        server.stop()


@needs_root
@pytest.mark.parametrize("mode", [0o711, 0o700])
def test_root_without_user_namespaces_gives_the_data_to_an_unprivileged_user(tmp_path, monkeypatch, mode):
    home = tmp_path / "home"
    home.mkdir()
    tools = tmp_path / "tools"
    tools.mkdir()
    refusing = tools / "unshare"
    refusing.write_text("#!/bin/sh\necho 'unshare: Operation not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    home.chmod(mode)
    server = PostgresServer(home / "postgresql", port=free_port(), password="invented", logs=home)
    try:
        start(server)
        assert ask(server, "SELECT 1") == [(1,)]
        assert server.folder.stat().st_uid not in {0, os.geteuid()}
        server.stop()
        start(server)
        assert ask(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()


@needs_root
def test_root_starts_what_an_ordinary_user_made_as_that_user(folder, postgres):
    postgres.prepare()
    shutil.chown(postgres.folder, 65533, 65533)
    for path in postgres.folder.rglob("*"):
        shutil.chown(path, 65533, 65533)
    again = PostgresServer(postgres.folder, port=postgres.port, password="invented", logs=folder)
    try:
        start(again)
        assert ask(again, "SELECT 1") == [(1,)]
        assert Path(f"/proc/{again.process.pid}").stat().st_uid == 65533
    finally:
        again.stop()
