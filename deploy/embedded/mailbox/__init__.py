"""The local mailbox: takes the e-mail that Relais sends on this machine, and shows it instead of delivering it.

It owns the messages it took; it publishes and listens to nothing. It is run like a service, on the
single-machine platform only.
"""
