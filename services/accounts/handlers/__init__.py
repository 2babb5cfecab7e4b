"""What accounts does when asked: sign people in, end and make credentials, manage accounts.

Each takes a connection inside a transaction and records its events there.
"""
