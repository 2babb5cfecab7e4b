"""How messages are read, and how their text is shown."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from deploy.embedded.mailbox.sink import read_message
from deploy.embedded.mailbox.web.pages import paragraphs


def make_message(**headers):
    message = EmailMessage()
    message["From"], message["Subject"] = "Relais <relais@localhost>", headers.get("subject", "Été")
    message.set_content("Votre proposition est publiée.\n")
    return message


def read(content):
    return read_message(content, sender="relais@localhost", recipients=["a@example.org", "b@example.org"])


def test_both_forms_of_a_message_are_read():
    message = make_message()
    message.add_alternative("<p>Publiée</p>", subtype="html")
    found = read(message.as_bytes())
    assert (found.sender, found.recipients) == ("Relais <relais@localhost>", "a@example.org, b@example.org")
    assert (found.subject, found.plain, found.html) == (
        "Été",
        "Votre proposition est publiée.\n",
        "<p>Publiée</p>\n",
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"Subject: x", b"Content-Type: text/plain; charset=nowhere\n\n\xe9", b"\r\n\r\nbody\x00"],
)
def test_whatever_comes_has_a_text_that_can_be_stored(content):
    try:
        found = read(content)
    except (LookupError, ValueError):
        return  # refused by the sink
    assert "\0" not in found.plain + found.subject + found.sender


def test_addresses_become_links_without_the_mark_that_ends_the_sentence():
    [[line]] = paragraphs("Ouvrez http://127.0.0.1:8000/connexion/abc?x=1&y=2. Merci")
    href = "http://127.0.0.1:8000/connexion/abc?x=1&amp;y=2"
    assert line == f'Ouvrez <a href="{href}">{href}</a>. Merci'


def test_markup_in_a_text_is_shown_not_obeyed():
    [[line]] = paragraphs("<script>alert(1)</script> javascript:alert(1)")
    assert line == "&lt;script&gt;alert(1)&lt;/script&gt; javascript:alert(1)"


def test_lines_and_paragraphs_stay_apart():
    assert paragraphs("a\r\nb\r\n\r\n\r\nc\n") == [["a", "b"], ["c"]]
