"""The mailbox as people and programs see it."""
