"""The published language: what a structure is, the vocabularies, and the events services exchange.

Everything here is plain data (msgspec Structs) and pure functions; services and other libs build on it.
"""
