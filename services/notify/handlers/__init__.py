"""Commands and event handlers: load, decide, store, record events, in one transaction."""
