"""Which keys each service is given to seal and to open, and what is said of those that cannot be read."""

from __future__ import annotations

import pytest

from libs.bus.keys import new_sealing_keys
from libs.contracts.events import ServiceName
from libs.runtime import MissingSetting, Settings, read_settings

NOTIFY, DIRECTORY, OLD = (new_sealing_keys() for _ in range(3))
EVERYTHING = {
    **{
        f"RELAIS_{name}_DATABASE_URL": "postgresql://localhost/x"
        for name in ("ACCOUNTS", "CONTRIBUTIONS", "DIRECTORY", "NOTIFY", "SEARCH")
    },
    "RELAIS_SIGNING_PUBLIC_KEY": "signing",
    "RELAIS_SIGNING_PRIVATE_KEY": "signing",
    "RELAIS_NOTIFY_SEALING_PUBLIC_KEY": NOTIFY.public,
    "RELAIS_NOTIFY_SEALING_PRIVATE_KEYS": f"{NOTIFY.private}, {OLD.private}",
    "RELAIS_DIRECTORY_SEALING_PUBLIC_KEY": DIRECTORY.public,
    "RELAIS_DIRECTORY_SEALING_PRIVATE_KEYS": DIRECTORY.private,
}


def read(service: ServiceName, **changes: str) -> Settings:
    return read_settings(service, EVERYTHING | changes)


def test_each_service_gets_the_keys_of_those_it_seals_for_and_its_own_to_open():
    assert read("contributions").sealing_public_keys == {"notify": NOTIFY.public, "directory": DIRECTORY.public}
    assert read("accounts").sealing_public_keys == {"notify": NOTIFY.public}
    assert read("notify").sealing_private_keys == (NOTIFY.private, OLD.private)
    assert read("directory").sealing_private_keys == (DIRECTORY.private,)
    assert (read("search").sealing_public_keys, read("search").sealing_private_keys) == ({}, ())
    assert read("contributions").sealing_private_keys == ()


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("contributions", "RELAIS_DIRECTORY_SEALING_PUBLIC_KEY"),
        ("accounts", "RELAIS_NOTIFY_SEALING_PUBLIC_KEY"),
        ("notify", "RELAIS_NOTIFY_SEALING_PRIVATE_KEYS"),
        ("directory", "RELAIS_DIRECTORY_SEALING_PRIVATE_KEYS"),
    ],
)
@pytest.mark.parametrize(
    "value", ["", "secret", f"{OLD.private},", OLD.private[:-1]], ids=["none", "no key", "a comma", "short"]
)
def test_a_key_that_is_missing_or_no_key_is_named(service: ServiceName, name: str, value: str):
    with pytest.raises(MissingSetting, match=name) as refused:
        read(service, **{name: value})
    assert OLD.private[:-1] not in str(refused.value)


def test_nobody_seals_for_two_keys_at_once():
    with pytest.raises(MissingSetting, match="RELAIS_NOTIFY_SEALING_PUBLIC_KEY is one key"):
        read("accounts", RELAIS_NOTIFY_SEALING_PUBLIC_KEY=f"{NOTIFY.public},{OLD.public}")
