"""What an operator types: `relais rebuild`, `relais audit` and `relais dead-letters`.

Each works on the services whose settings are in the environment: all of them on one machine, one in its container.
"""
