"""What a service is, to whoever runs it: its settings, its web application, its worker, its commands."""

from libs.runtime.networks import Networks
from libs.runtime.service import Service
from libs.runtime.settings import MissingSetting, Settings, read_networks, read_settings

__all__ = ["MissingSetting", "Networks", "Service", "Settings", "read_networks", "read_settings"]
