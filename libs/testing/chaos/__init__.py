"""A platform under fire: a proxy that spoils connections, faults, people who go on writing, and the audit after."""
