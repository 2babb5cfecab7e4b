"""The words of e-mails, in both languages. All persons here are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from libs.bus import Sealer, Unsealer
from libs.contracts.events import Contact, Reason, SigninMessage
from libs.testing.web import SEALING_KEYS, SEALING_PUBLIC_KEYS
from services.notify.letters import Letters, Mail, presentable
from services.notify.store.messages import DueMessage

SEAL = partial(Sealer(SEALING_PUBLIC_KEYS).seal, reader="notify")
LETTERS = Letters(
    Unsealer([SEALING_KEYS["notify"].private]),
    public_url="https://relais.test",
    mail_from="Relais <relais@relais.test>",
)
NOW = datetime(2026, 12, 3, 13, 30, tzinfo=UTC)


def write(template: Any, language: str, **details: Any) -> Mail:
    contact = Contact(email="camille@courriel.test", name="Camille", language=language)
    signin = SigninMessage(
        email="camille@courriel.test", url="https://relais.test/connexion/x", expires_at=NOW, language=language
    )
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "template": template,
        "sealed": SEAL(signin if template == "signin" else contact),
        "sealed_reason": SEAL(Reason(text="Déjà fermé.")) if template == "rejected" else None,
        "place": "Accueil de jour",
        "slug": "accueil-de-jour",
        "about": UUID(int=2),
        "attempts": 0,
        "created_at": NOW,
    }
    return LETTERS.write(DueMessage(**(known | details)))


def bodies(mail: Mail) -> tuple[str, str]:
    plain, html = mail.content.get_body(("plain",)), mail.content.get_body(("html",))
    assert plain
    assert html
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


@pytest.mark.parametrize(
    ("template", "subject", "words"),
    [
        ("received", "Nous avons votre proposition\u00a0: Accueil de jour", "Quelqu’un va le relire avec soin"),
        ("published", "Publié, grâce à vous\u00a0: Accueil de jour", "https://relais.test/structures/accueil-de-jour"),
        ("rejected", "À propos de votre proposition\u00a0: Accueil de jour", "> Déjà fermé."),
        ("signin", "Votre lien pour vous connecter à Relais", "jeudi 3 décembre 2026, 14\u202fh\u202f30"),
    ],
)
def test_french_readers_are_written_to_in_french(template: str, subject: str, words: str) -> None:
    mail = write(template, "fr")
    plain, html = bodies(mail)
    assert mail.content["Subject"] == subject
    assert words in plain
    assert plain.startswith("Bonjour")
    assert mail.content["Content-Language"] == "fr"
    assert '<html lang="fr" dir="ltr">' in html


@pytest.mark.parametrize("template", ["received", "published", "rejected", "signin"])
def test_no_french_is_left_in_english_letters_nor_the_reverse(template: str) -> None:
    english, french = bodies(write(template, "en"))[0], bodies(write(template, "fr"))[0]
    assert english.startswith("Hello")
    common = {line for line in english.splitlines() if line} & {line for line in french.splitlines() if line}
    assert all(line.startswith(("http", "Relais", "--", ">")) for line in common)


def test_another_language_is_answered_in_french() -> None:
    assert bodies(write("received", "uk"))[0].startswith("Bonjour")


def test_arabic_letters_run_from_right_to_left_and_what_is_french_within_does_not() -> None:
    mail = write("rejected", "ar")
    plain, html = bodies(mail)
    assert plain.startswith("مرحبًا \u2068Camille\u2069")
    assert "«\u2068Accueil de jour\u2069»" in plain
    assert '<html lang="ar" dir="rtl">' in html
    assert '<blockquote dir="auto"' in html
    assert mail.content["Content-Language"] == "ar"
    assert "ديسمبر 2026، 14:30" in bodies(write("signin", "ar"))[0]


@pytest.mark.parametrize("template", ["received", "published", "rejected", "signin"])
def test_a_message_is_in_words_that_mailboxes_take(template: str) -> None:
    content = bytes(write(template, "fr").content)
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    content.decode("ascii")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("C.C.A.S. de Lyon 3e", "C.C.A.S. de Lyon 3e"),
        ("  Accueil\n de\tjour ", "Accueil de jour"),
        ("Maison d\u2019Odile", "Maison d\u2019Odile"),
        ("exemple.test", None),
        ("https://exemple", None),
        ("a@b", None),
        ("\u202e\u0000 ", None),
        ("x" * 101, None),
        (None, None),
    ],
)
def test_a_name_is_shown_as_one_plain_line_or_not_at_all(text: str | None, shown: str | None) -> None:
    assert presentable(text) == shown
