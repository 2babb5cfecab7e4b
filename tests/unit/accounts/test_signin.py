"""Links to sign in: addresses, secrets, and where somebody may be sent."""

from __future__ import annotations

import pytest

from libs.contracts.validation import InvalidContent
from services.accounts.domain.signin import digest, landing, local_path, new_secret, normal_address


def test_an_address_is_one_whatever_way_it_is_typed():
    assert normal_address("  Camille.Exemple@Relais.Example ") == "camille.exemple@relais.example"


@pytest.mark.parametrize("text", ["", "  ", "camille", "camille@", "a@b", "a b@example.org", "x" * 250 + "@e.org"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidContent):
        normal_address(text)


def test_what_is_stored_of_a_secret_does_not_hold_it():
    secret, stored = new_secret()
    assert len(secret) >= 43
    assert stored == digest(secret)
    assert len(stored) == 32
    assert new_secret()[0] != secret


@pytest.mark.parametrize(
    "path", ["/", "/moderation", "/moderation?departement=75&apres=x", "/compte/comptes#jetons", "/connexions"]
)
def test_a_path_of_ours_is_kept(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "moderation",
        "https://ailleurs.example/",
        "//ailleurs.example/",
        "///ailleurs.example/",
        "/\\ailleurs.example/",
        "\\\\ailleurs.example/",
        "/\t/ailleurs.example/",
        "/\n/ailleurs.example/",
        "/a\r\nSet-Cookie: relais=x",
        " /moderation",
        "/compte\x00",
        "javascript:alert(1)",
        "/connexion",
        "/connexion/abc",
        "/connexion?suite=/connexion",
        "/" + "a" * 2_000,
    ],
)
def test_a_path_that_leads_elsewhere_or_back_to_sign_in_is_not(path):
    assert local_path(path) is None


def test_moderators_arrive_where_they_work_and_others_at_their_account():
    assert landing(None, ["moderator"]) == "/moderation"
    assert landing(None, ["administrator"]) == "/compte"
    assert landing("//ailleurs.example", ["partner"]) == "/compte"
    assert landing("/exports", ["moderator"]) == "/exports"
