"""`relais up` whose services reach PostgreSQL and NATS through the loopback ports that CHAOS_PORTS names.

CHAOS_PORTS is `<port for PostgreSQL>,<port for NATS>`: proxies of the test, which pass on to the servers' own.
"""

from __future__ import annotations

import asyncio
import os
import sys

from deploy.embedded.home import Home, State, default_home
from deploy.embedded.platform import Platform, wants_sample
from deploy.embedded.terminal import Terminal


class ProxiedHome(Home):
    def environment(self, state: State, service: str | None = None) -> dict[str, str]:
        postgres, nats = os.environ["CHAOS_PORTS"].split(",")
        environment = super().environment(state, service)
        for name, value in environment.items():
            if name.endswith("_DATABASE_URL"):
                environment[name] = value.replace(f":{state.ports.postgres}/", f":{postgres}/")
        nats_url = environment["RELAIS_NATS_URL"]
        environment["RELAIS_NATS_URL"] = nats_url.replace(f":{state.ports.nats}", f":{nats}")
        return environment


platform = Platform(
    ProxiedHome(default_home()),
    port=int(os.environ["RELAIS_PORT"]),
    split="--split" in sys.argv,
    sample=wants_sample(),
    terminal=Terminal(),
)
asyncio.run(platform.run())
