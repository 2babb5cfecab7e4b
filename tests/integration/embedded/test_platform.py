"""The platform of one machine, as its users meet it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path

import httpx
import msgspec
import pytest

from deploy.embedded.home import Home, new_state
from libs.testing.platform import RELAIS, RunningPlatform, until

CHECKOUT = Path(__file__).resolve().parents[3]
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else, or mount a disk")


@pytest.fixture
def start_platform(tmp_path):
    """Starts platforms, empty, on `tmp_path / "home"` unless told otherwise; all are stopped after the test."""
    started = []

    def start(home=tmp_path / "home", **choices):
        started.append(RunningPlatform(sample=False, home=home, **choices))
        started[-1].start()
        return started[-1]

    yield start
    for platform in started:
        platform.stop()


@pytest.fixture(scope="module")
def running():
    """A platform, empty, for the tests that leave it running."""
    with RunningPlatform(sample=False) as platform:
        yield platform


def send_mail(platform, subject):
    state = msgspec.json.decode((platform.home / "platform.json").read_bytes())
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "relais@localhost", "jeanne@example.org", subject
    message.set_content("Votre proposition est publiée.\n")
    with smtplib.SMTP("127.0.0.1", state["ports"]["smtp"], timeout=10) as client:
        client.send_message(message)


def mail_of(platform):
    items = httpx.get(f"{platform.url}/api/v1/mailbox").raise_for_status().json()["items"]
    return [message["subject"] for message in items]


def threads_of(pid):
    return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_starts_answers_and_leaves_nothing_behind_at_ctrl_c(start_platform):
    platform = start_platform()
    assert platform.url in platform.output
    assert httpx.get(f"{platform.url}/healthz").json() == {"status": "ok"}
    assert set(httpx.get(f"{platform.url}/readyz").json()["checks"]) >= {"accounts", "directory", "mailbox"}
    assert (platform.home / "platform.json").stat().st_mode & 0o077 == 0
    pids = platform.pids()
    assert set(pids) == {"postgresql", "nats-server", "web", "worker"}
    assert {len(os.sched_getaffinity(thread)) for thread in threads_of(pids["web"])} == {1}
    platform.stop()
    assert platform.process.returncode == 0
    assert not [name for name, pid in pids.items() if is_running(pid)]
    assert "Traceback" not in platform.output


@pytest.mark.parametrize("moment", ["logs", "postgresql.unfinished", "logs/nats-server.pid", "logs/web.pid"])
def test_ctrl_c_at_any_moment_of_the_start_leaves_nothing_running_and_nothing_broken(tmp_path, start_platform, moment):
    home = tmp_path / "home"
    with (tmp_path / "output").open("wb") as output:
        starting = subprocess.Popen(
            [RELAIS, "up"],
            env=RunningPlatform(home=home, sample=False).environment,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a terminal's Ctrl-C reaches the whole group
        )
    until((home / moment).exists)
    os.killpg(starting.pid, signal.SIGINT)
    code = starting.wait(30)
    said = (tmp_path / "output").read_text()
    assert code in {0, 130}, said
    assert "Traceback" not in said
    assert not [pid for pid in RunningPlatform(home=home).pids().values() if is_running(pid)]
    if moment == "postgresql.unfinished":
        assert start_platform().is_ready()


def test_each_child_that_is_killed_is_started_again_and_nothing_is_lost(running):
    platform, already = running, mail_of(running)
    send_mail(platform, "before")
    for name in ("postgresql", "nats-server", "worker", "web"):
        killed = platform.pid(name)
        os.kill(killed, signal.SIGKILL)
        until(lambda name=name, killed=killed: platform.pids().get(name, killed) != killed)
        until(platform.is_ready)
    until(lambda: can_send(platform, "after"))
    assert mail_of(platform) == ["after", "before", *already]
    assert "was ended by SIGKILL; it starts again" in platform.output


def can_send(platform, subject):
    try:
        send_mail(platform, subject)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def test_after_kill_9_of_the_supervisor_or_of_all_the_next_start_takes_over_with_nothing_lost(start_platform):
    first = start_platform()
    send_mail(first, "kept")
    pids = first.pids()
    first.kill()
    second = start_platform(port=first.port)
    assert mail_of(second) == ["kept"]
    assert not [name for name, pid in pids.items() if is_running(pid)]
    pids = second.pids()
    second.kill()
    for pid in pids.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert mail_of(start_platform(port=first.port)) == ["kept"]


def test_two_platforms_run_side_by_side_and_share_nothing(running, start_platform, tmp_path):
    first, already = running, mail_of(running)
    second = start_platform(home=tmp_path / "d'été à « Téléchargements »")
    send_mail(first, "for the first")
    assert mail_of(first) == ["for the first", *already]
    assert mail_of(second) == []
    again = RunningPlatform(home=first.home).command("up", check=False)
    assert (again.returncode, again.stderr.strip()) == (1, f"Relais already runs on {first.home} at {first.url}.")
    assert first.token("partner") != second.token("partner")
    assert "Print a new API token" in first.command("--help").stdout


def quota(platform, address, **headers):
    """Return how many more requests the search API takes from `address` (one of this machine's) in how many seconds."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
        answer = client.get(f"{platform.url}/api/v1/search", headers=headers)
    _, left, seconds = answer.headers["ratelimit"].split(";")
    return int(left.removeprefix("r=")), int(seconds.removeprefix("t="))


def test_split_gives_every_service_its_own_processes_and_secrets_and_tells_it_who_asks(start_platform):
    platform = start_platform(split=True)
    names = {name.removesuffix("-web") for name in platform.pids() if name.endswith("-web")}
    assert names >= {"accounts", "directory", "mailbox"}
    assert {f"{name}-worker" for name in names} < set(platform.pids())
    for name in names:
        secrets = Path(f"/proc/{platform.pid(f'{name}-web')}/environ").read_bytes().split(b"\0")
        given = {entry.split(b"=")[0].decode() for entry in secrets}
        assert {other for other in names if f"RELAIS_{other.upper()}_DATABASE_URL" in given} == {name}
        assert ("RELAIS_SIGNING_PRIVATE_KEY" in given) == (name == "accounts")
        opens = {other for other in names if f"RELAIS_{other.upper()}_SEALING_PRIVATE_KEYS" in given}
        assert opens == {name} & {"notify", "directory"}
    send_mail(platform, "through the gateway")
    assert mail_of(platform) == ["through the gateway"]
    assert httpx.get(f"{platform.url}/boite").status_code == 200
    until(lambda: quota(platform, "127.0.0.1")[1] > 5)  # all that follows falls into one window
    left, _ = quota(platform, "127.0.0.2")
    assert quota(platform, "127.0.0.3")[0] == left
    assert quota(platform, "127.0.0.2", **{"X-Forwarded-For": "203.0.113.1"})[0] == left - 1
    platform.stop()
    assert platform.process.returncode == 0


@pytest.fixture
def open_folder():
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="relais-tests-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@needs_root
def test_an_ordinary_user_runs_it(start_platform, open_folder):
    home = open_folder / "home"
    home.mkdir()
    shutil.chown(home, 65534, 65534)
    # By way of a shell, since the first program after setpriv still enters folders as root.
    trial = [*AS_NOBODY, "sh", "-c", '"$0" -c "import deploy.embedded.cli"', sys.executable]
    if subprocess.run(trial, cwd="/", check=False, capture_output=True).returncode:
        pytest.skip(f"another user cannot run {sys.executable} in {CHECKOUT}")
    platform = start_platform(home=home, prefix=AS_NOBODY)
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in platform.pids().values()} == {65534}
    platform.stop()
    assert platform.process.returncode == 0


def refused(home, *, port=None, prefix=()):
    """Return the one sentence with which `relais up` refuses."""
    done = RunningPlatform(home=home, port=port, prefix=prefix).command("up", check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(tmp_path / "home", port=port).startswith(f"Port {port} is taken by another program")


def test_a_port_that_is_no_number_is_named(tmp_path):
    assert refused(tmp_path / "home", port="web") == "RELAIS_PORT is 'web'; it must be a number from 1 to 65535."


def test_a_data_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refused(tmp_path / "file")
    assert str(tmp_path / "file") in refused(tmp_path / "file" / "below")


@needs_root
def test_a_data_folder_of_somebody_else_is_named(open_folder):
    (open_folder / "home").mkdir(mode=0o755)
    assert refused(open_folder / "home", prefix=AS_NOBODY).endswith("cannot be used: Permission denied.")


@needs_root
def test_a_full_disk_is_named(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        assert refused(disk / "home").startswith(f"The disk that holds {disk / 'home'} is full")
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda home: (home / "platform.json").write_text("{"), "platform.json cannot be read"),
        (lambda home: (home / "platform.json").unlink(), "platform.json, with its keys, is missing"),
        (lambda home: (home / "postgresql" / "PG_VERSION").write_text("17"), "holds data of PostgreSQL 17"),
        (lambda home: shutil.rmtree(home / "postgresql" / "global"), "holds no PostgreSQL data, or only part of it"),
    ],
)
def test_a_damaged_data_folder_is_named(tmp_path, made_home, damage, sentence):
    home = tmp_path / "home"
    shutil.copytree(made_home, home)
    damage(home)
    assert sentence in refused(home)


@pytest.fixture(scope="module")
def made_home(tmp_path_factory):
    """A data folder as a first start leaves it, as far as it is looked at before anything runs."""
    home = tmp_path_factory.mktemp("made") / "home"
    (home / "postgresql" / "global").mkdir(parents=True)
    (home / "postgresql" / "PG_VERSION").write_text("18")
    (home / "postgresql" / "global" / "pg_control").write_text("")
    Home(home).save(new_state())
    return home


def test_a_command_without_a_running_platform_says_how_to_start_one(tmp_path):
    done = RunningPlatform(home=tmp_path / "home").command("token", "--role", "partner", check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"{tmp_path / 'home'} holds no platform yet; start one with: make up"


def test_a_mistyped_command_gets_one_sentence(tmp_path):
    platform = RunningPlatform(home=tmp_path / "home")
    unknown = platform.command("imprt", check=False)
    assert unknown.returncode == 2
    assert unknown.stderr.startswith('Unknown command "imprt".')
    assert platform.command("up", "--spilt", check=False).stderr.startswith("Unknown option: --spilt.")
    assert not (tmp_path / "home").exists()
