"""How deliveries to partners and messages to people stand, for Prometheus."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily

from libs.database import Connection
from services.notify.store import SQL


async def sending_metrics(connection: Connection) -> list[GaugeMetricFamily]:
    """Count deliveries and messages by state: `pending`, `delivered` or `sent`, `failed` (tried again), `abandoned`."""
    family = GaugeMetricFamily(
        "relais_sendings", "Webhook deliveries and messages kept, by state", labels=["channel", "state"]
    )
    cursor = await connection.execute(SQL["sending_states"])
    for channel, state, count in await cursor.fetchall():
        family.add_metric([channel, state], count)
    return [family]
