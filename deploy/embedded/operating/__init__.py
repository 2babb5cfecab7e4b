"""What an operator types: `relais rebuild`, `relais audit` and `relais dead-letters`.

Each works on the services whose settings are in the environment: all of them on one machine, one in its container.
"""

from deploy.embedded.operating.letters import dead_letters_command
from deploy.embedded.operating.projections import audit, rebuild

__all__ = ["audit", "dead_letters_command", "rebuild"]
