"""All of Relais on one machine: its servers, its processes, and the `relais` command."""
