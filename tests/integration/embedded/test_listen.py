"""The endpoint that `relais listen` opens tells a right signature from a wrong one."""

import json
import subprocess
import time

import httpx
import pytest

from libs.servers import free_port
from libs.testing.platform import RELAIS, until
from services.notify.domain.webhooks import make_secret, sign


@pytest.mark.parametrize(("forged", "status"), [(False, 204), (True, 401)], ids=["signed", "forged"])
def test_a_webhook_is_shown_and_its_signature_checked(*, forged: bool, status: int) -> None:
    port, secret, now = free_port(), make_secret(), int(time.time())
    body = json.dumps({"type": "structure.changed", "data": {"structure": {"name": "Ici"}, "version": 2, "fields": []}})
    signature = sign(make_secret() if forged else secret, "msg_1", now, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}
    command = [RELAIS, "listen", "--port", str(port), "--secret", secret]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "Listening" in process.stdout.readline()
        answer = until(lambda: httpx.post(f"http://127.0.0.1:{port}/", content=body, headers=headers))
        assert answer.status_code == status
        assert ("WRONG" in process.stdout.readline()) is forged
        assert "Ici" in process.stdout.readline()
        process.terminate()


@pytest.mark.parametrize("secret", ["x", make_secret()[:-2], f"{make_secret()}é"], ids=["letter", "cut", "accent"])
def test_what_cannot_be_a_secret_is_refused_in_one_sentence(secret: str) -> None:
    command = [RELAIS, "listen", "--port", str(free_port()), "--secret", secret]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "cannot be a webhook's secret" in done.stderr


def test_a_number_that_is_no_port_is_refused_in_one_sentence() -> None:
    command = [RELAIS, "listen", "--port", "99999999"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "99999999 is no port: --port takes a number from 1 to 65535.\n"
