"""What the engine on PostgreSQL keeps of one generation of its index."""

from __future__ import annotations

from services.search.engines.postgres.kept import Generation, Kept


def kept_of(number: int, most: int = 2) -> tuple[Generation, Kept[str]]:
    generation = Generation()
    generation.number = number
    return generation, Kept[str](generation, most)


def test_what_is_kept_is_found_until_the_index_changes():
    generation, kept = kept_of(1)
    kept.keep("bains", "page", since=1)
    assert kept.get("bains") == "page"
    generation.number = 2
    assert kept.get("bains") is None
    generation.number = 1
    assert kept.get("bains") is None


def test_what_was_looked_for_before_a_change_is_not_kept():
    generation, kept = kept_of(1)
    generation.number = 2
    kept.keep("bains", "page", since=1)
    assert kept.get("bains") is None


def test_what_was_asked_for_last_is_kept():
    _, kept = kept_of(1)
    kept.keep("bains", "page", since=1)
    kept.keep("repas", "page", since=1)
    kept.get("bains")
    kept.keep("douche", "page", since=1)
    assert [kept.get(asked) for asked in ("bains", "repas", "douche")] == ["page", None, "page"]
