"""Answers that cost much, kept while the index does not change."""

from __future__ import annotations

from collections import OrderedDict

from services.search.domain.requests import SearchRequest, SearchResult

MOST = 256


class Kept:
    """The latest `MOST` answers of one generation of the index.

    Those with fewer than `fewest_matches` are cheap to find again.
    """

    def __init__(self, fewest_matches: int) -> None:
        self._fewest_matches = fewest_matches
        self._generation: int | None = None
        self._answers: OrderedDict[SearchRequest, SearchResult] = OrderedDict()

    def get(self, generation: int, request: SearchRequest) -> SearchResult | None:
        """Return the answer kept for a request, if the index is still of the generation it was found in."""
        if generation != self._generation:
            self._generation = generation
            self._answers.clear()
        return self._answers.get(request)

    def put(self, generation: int, request: SearchRequest, result: SearchResult) -> None:
        """Keep an answer that was looked for in the index of `generation`, or in what came of it meanwhile."""
        # What is open changes by itself.
        if generation != self._generation or request.open_at is not None or result.total < self._fewest_matches:
            return
        self._answers[request] = result
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)
