from datetime import UTC, datetime

from services.search.domain.requests import SearchRequest, SearchResult
from services.search.engines.postgres.kept import MOST, Kept

REQUEST = SearchRequest(words=("mairie",))


def answer(total: int) -> SearchResult:
    return SearchResult(found=(), total=total, categories={}, departments={}, families={}, corrections={}, next=None)


def test_an_answer_is_kept_for_its_request_as_long_as_the_index_does_not_change():
    kept, found = Kept(10), answer(10)
    assert kept.get(1, REQUEST) is None
    kept.put(1, REQUEST, found)
    assert kept.get(1, REQUEST) is found
    assert kept.get(1, SearchRequest(words=("musee",))) is None
    assert kept.get(2, REQUEST) is None
    assert kept.get(1, REQUEST) is None


def test_an_answer_of_an_earlier_generation_is_not_kept():
    kept = Kept(10)
    kept.get(1, REQUEST)
    kept.get(2, REQUEST)
    kept.put(1, REQUEST, answer(10))
    assert kept.get(2, REQUEST) is None


def test_what_is_cheap_or_changes_by_itself_is_not_kept():
    kept = Kept(10)
    now_open = SearchRequest(open_at=datetime(2026, 12, 1, tzinfo=UTC))
    kept.get(1, REQUEST)
    kept.put(1, REQUEST, answer(9))
    kept.put(1, now_open, answer(10))
    assert kept.get(1, REQUEST) is None
    assert kept.get(1, now_open) is None


def test_no_more_than_the_most_are_kept_and_the_oldest_goes_first():
    kept = Kept(0)
    kept.get(1, REQUEST)
    requests = [SearchRequest(words=(str(n),)) for n in range(MOST + 1)]
    for request in requests:
        kept.put(1, request, answer(1))
    assert kept.get(1, requests[0]) is None
    assert all(kept.get(1, request) for request in requests[1:])
