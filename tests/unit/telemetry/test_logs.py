"""Every line of a log has one form, whoever writes it."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from libs.telemetry import configure

configure("web")
structlog.get_logger().info("ours", number=1)
logging.getLogger("a.library").warning("connection failed: %s", "no route\\nIs it running?")
logging.getLogger("a.library").info("left out")
"""


def test_what_libraries_log_is_a_json_line_like_ours() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=30)
    ours, theirs = map(json.loads, done.stderr.splitlines())
    assert {"event": "ours", "number": 1, "process": "web", "level": "info"}.items() <= ours.items()
    assert theirs["event"] == "connection failed: no route\nIs it running?"
    assert {"process": "web", "level": "warning", "logger": "a.library"}.items() <= theirs.items()
    assert ours.keys() & {"timestamp"} == theirs.keys() & {"timestamp"} == {"timestamp"}
