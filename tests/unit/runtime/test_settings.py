from ipaddress import ip_address

import pytest

from libs.runtime import MissingSetting, Networks, read_settings

ENVIRONMENT = {
    "RELAIS_SEARCH_DATABASE_URL": "postgresql://search",
    "RELAIS_SIGNING_PUBLIC_KEY": "signing",
}


def test_networks_of_both_families_are_read_from_one_line() -> None:
    networks = Networks("10.0.0.0/8, fd00::/8,192.0.2.7")
    inside = ("10.1.2.3", "fd00::1", "192.0.2.7")
    assert all(ip_address(text) in networks for text in inside)
    assert not any(ip_address(text) in networks for text in ("11.0.0.1", "fe80::1", "192.0.2.8"))
    assert ip_address("127.0.0.1") not in Networks()


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/8; ::1"])
def test_what_is_no_network_stops_the_start_naming_the_variable(text: str) -> None:
    with pytest.raises(MissingSetting, match=r"RELAIS_WEBHOOK_NETWORKS: .* is not a network"):
        read_settings("search", ENVIRONMENT | {"RELAIS_WEBHOOK_NETWORKS": text})


def test_a_variable_without_default_must_be_given() -> None:
    with pytest.raises(MissingSetting, match="RELAIS_SEARCH_DATABASE_URL"):
        read_settings("search", {})


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "1.5"])
@pytest.mark.parametrize("name", ["RELAIS_API_LIMIT", "RELAIS_NATS_REPLICAS"])
def test_a_count_that_is_no_whole_number_stops_the_start(name: str, text: str) -> None:
    with pytest.raises(MissingSetting, match=name):
        read_settings("search", ENVIRONMENT | {name: text})


def test_streams_are_kept_once_unless_a_cluster_is_named() -> None:
    assert read_settings("search", ENVIRONMENT).nats_replicas == 1
    assert read_settings("search", ENVIRONMENT | {"RELAIS_NATS_REPLICAS": "3"}).nats_replicas == 3


def test_search_runs_on_postgresql_unless_another_engine_is_named() -> None:
    assert read_settings("search", ENVIRONMENT).search_engine == "postgres"
    given = {"RELAIS_SEARCH_ENGINE": "meilisearch", "RELAIS_MEILISEARCH_URL": "http://search.test:7700/"}
    settings = read_settings("search", ENVIRONMENT | given)
    assert (settings.search_engine, settings.meilisearch_url) == ("meilisearch", "http://search.test:7700")
    assert settings.meilisearch_key is None


def test_an_engine_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(MissingSetting, match=r"RELAIS_SEARCH_ENGINE: 'lucene' is none of postgres, meilisearch"):
        read_settings("search", ENVIRONMENT | {"RELAIS_SEARCH_ENGINE": "lucene"})


def test_maps_have_a_background_of_one_named_host_or_are_not_offered() -> None:
    assert read_settings("search", ENVIRONMENT).map_host == "https://a.tile.openstreetmap.fr"
    own = {"RELAIS_MAP_TILES": "http://tiles.test:8080/v1/{z}/{x}/{y}.png?key=invented"}
    assert read_settings("search", ENVIRONMENT | own).map_host == "http://tiles.test:8080"
    none = read_settings("search", ENVIRONMENT | {"RELAIS_MAP_TILES": ""})
    assert (none.map_tiles, none.map_host) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "https://tiles.test/{z}/{x}.png",
        "https://{s}.tiles.test/{z}/{x}/{y}.png",
        "https://tiles.test/{z}/{x}/{x}.png",
        "https://tiles.test; script-src */{z}/{x}/{y}.png",
        "//tiles.test/{z}/{x}/{y}.png",
    ],
)
def test_tiles_that_no_policy_could_name_stop_the_start(text: str) -> None:
    with pytest.raises(MissingSetting, match="RELAIS_MAP_TILES"):
        read_settings("search", ENVIRONMENT | {"RELAIS_MAP_TILES": text})


def test_a_replica_of_search_has_a_name_and_knows_the_database_of_the_main_one() -> None:
    main = {"RELAIS_SEARCH_MAIN_DATABASE_URL": "postgresql://main"}
    assert read_settings("search", ENVIRONMENT | main).replica is None
    settings = read_settings("search", ENVIRONMENT | main | {"RELAIS_SEARCH_REPLICA": "b2"})
    assert (settings.replica, settings.main_database_url) == ("b2", "postgresql://main")
    with pytest.raises(MissingSetting, match="RELAIS_SEARCH_MAIN_DATABASE_URL"):
        read_settings("search", ENVIRONMENT | {"RELAIS_SEARCH_REPLICA": "b2"})
    for name in ("B", "a.b", "a b", "*"):
        with pytest.raises(MissingSetting, match="RELAIS_SEARCH_REPLICA"):
            read_settings("search", ENVIRONMENT | main | {"RELAIS_SEARCH_REPLICA": name})
