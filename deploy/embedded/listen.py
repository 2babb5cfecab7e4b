"""`relais listen`: a partner's endpoint on this machine, to try webhooks with."""

from __future__ import annotations

import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rich.console import Console
from rich.markup import escape

from libs.servers import ServerError
from services.notify.domain.webhooks import is_secret, sign


def listen(*, port: int = 9000, secret: str | None = None) -> None:
    """Receive webhooks on http://127.0.0.1:PORT/ and show each, until Ctrl-C.

    Parameters
    ----------
    port
        Where to listen, on this machine only.
    secret
        The webhook's secret (whsec_…): signatures are then checked, and a wrong one is answered 401.
    """
    if secret is not None and not is_secret(secret):
        raise ServerError(
            "This cannot be a webhook's secret: it is whsec_ and the 44 characters after it, as given when it was made."
        )
    console = Console(highlight=False, soft_wrap=True)

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode(errors="replace")
            trusted = secret is None or self._is_signed(secret, body)
            self.send_response(204 if trusted else 401)
            self.end_headers()
            verdict = "not checked" if secret is None else "signature right" if trusted else "signature WRONG"
            console.print(f"[bold]{escape(self.headers.get('webhook-id', 'no webhook-id'))}[/] {verdict}")
            console.print(escape(_summary(body)))

        def _is_signed(self, secret: str, body: str) -> bool:
            identifier, timestamp = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "")
            if not timestamp.isdecimal():
                return False
            expected = sign(secret, identifier, int(timestamp), body)
            given = self.headers.get("webhook-signature", "").split()
            return any(hmac.compare_digest(expected, signature) for signature in given)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            """Say nothing: each webhook is shown already."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Endpoint)
    except OverflowError as error:
        raise ServerError(f"{port} is no port: --port takes a number from 1 to 65535.") from error
    except OSError as error:
        raise ServerError(f"Port {port} cannot be used: {error.strerror}. --port chooses another.") from error
    console.print(f"Listening for webhooks on http://127.0.0.1:{port}/ (Ctrl-C stops)")
    with server:
        server.serve_forever()


def _summary(body: str) -> str:
    """Return an event as one line: its type, the place and the fields that changed; other bodies as they are."""
    try:
        event = json.loads(body)
        data = event["data"]
        fields = ", ".join(data.get("fields", []))
        return f"  {event['type']}  {data['structure']['name']}  version {data['version']}  changed: {fields}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"  {body[:500]}"
