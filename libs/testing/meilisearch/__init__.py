"""A double of a Meilisearch server, for tests: strict where the real one is, and told from its documented API.

An unknown route, field, setting or filter is the error that the documentation names; what writes is a task, done a
moment later. It knows what Relais sends and no more. How it ranks is a stand-in: it counts words, typos and the
order of the attributes, and proves nothing about the ranking of a real server.
"""

from libs.testing.meilisearch.server import Double, double

__all__ = ["Double", "double"]
