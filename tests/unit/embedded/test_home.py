"""A data folder: its keys are made once, kept, and taken over from folders of before; what it lost is said."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from deploy.embedded.home import Home, KeyPair, new_state
from libs.bus.keys import new_sealing_keys
from libs.bus.sealing import Sealer, Unsealer
from libs.contracts.events import Contact
from libs.runtime import read_settings
from libs.servers import ServerError, free_port

CONTACT = Contact(email="alix@example.org")


@pytest.fixture
def home(tmp_path: Any) -> Home:
    home = Home(tmp_path)
    home.save(new_state())
    return home


def keys_of(home: Home) -> dict[str, Any]:
    return msgspec.json.decode((home.path / "platform.json").read_bytes())["sealing_keys"]


def test_a_platform_keeps_its_keys(home: Home):
    first = home.settle(free_port()).sealing_keys
    assert set(first) == {"notify", "directory"}
    assert home.settle(free_port()).sealing_keys == first
    assert set(keys_of(home)) == {"notify", "directory"}


def test_no_two_servers_get_one_port(home: Home, monkeypatch: pytest.MonkeyPatch):
    drawn = [port for port in {free_port() for _ in range(20)} for _ in range(3)]
    ports = iter(drawn)
    monkeypatch.setattr("libs.servers.process.random.randrange", lambda *_: next(ports))
    settled = home.settle(drawn[0]).ports
    chosen = [settled.public, settled.postgres, settled.nats, settled.smtp, *settled.services.values()]
    assert len(set(chosen)) == len(chosen)
    ports = iter(())
    assert home.settle(drawn[0]).ports == settled


def test_a_folder_from_before_each_reader_had_keys_keeps_the_one_it_had_and_gets_what_is_missing(home: Home):
    state = home.load()
    state.sealing_keys, state.sealing = {}, KeyPair(*new_sealing_keys())
    home.save(state)
    before = Sealer({"notify": state.sealing.public}).seal(CONTACT, "notify")
    environment = home.environment(home.settle(free_port()))
    assert Unsealer(read_settings("notify", environment).sealing_private_keys).unseal(before, Contact) == CONTACT
    assert read_settings("directory", environment).sealing_private_keys
    assert home.load().sealing is None
    assert len(keys_of(home)["notify"]) == 1


def test_a_pair_put_first_is_sealed_with_from_then_on_and_what_was_sealed_before_is_opened(home: Home):
    def seal() -> str:
        return Sealer(read_settings("contributions", environment).sealing_public_keys).seal(CONTACT, "directory")

    environment = home.environment(home.settle(free_port()))
    before = seal()
    state = home.load()
    state.sealing_keys["directory"].insert(0, KeyPair(*new_sealing_keys()))
    home.save(state)
    environment = home.environment(home.settle(free_port()))
    after = seal()
    assert before.split(".")[0] != after.split(".")[0]
    unsealer = Unsealer(read_settings("directory", environment).sealing_private_keys)
    assert [unsealer.unseal(text, Contact) for text in (before, after)] == [CONTACT, CONTACT]


def test_a_folder_whose_databases_are_gone_is_refused(home: Home):
    state = home.settle(free_port())
    home.settle(free_port())  # a first start that went no further has none yet
    state.sample_settled = True
    home.save(state)
    with pytest.raises(ServerError, match="has lost its databases"):
        home.settle(free_port())


def test_a_process_of_one_service_gets_no_key_that_opens_what_is_sealed_for_another(home: Home):
    state = home.settle(free_port())
    for service in ("notify", "directory", "contributions"):
        given = {name for name in home.environment(state, service) if name.endswith("_SEALING_PRIVATE_KEYS")}
        assert given == {f"RELAIS_{service.upper()}_SEALING_PRIVATE_KEYS"} - {
            "RELAIS_CONTRIBUTIONS_SEALING_PRIVATE_KEYS"
        }
