from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.domain.slugs import LONGEST, base_slug, suffixed


@pytest.mark.parametrize(
    ("name", "city", "slug"),
    [
        ("Les Restos du Cœur", "Besançon", "les-restos-du-coeur-besancon"),
        ("Mairie - Mende", "Mende", "mairie-mende"),
        ("L'Œuvre d'À-Côté n° 3", None, "l-oeuvre-d-a-cote-n-3"),
        ("Mairie de Mendenhall", "Mende", "mairie-de-mendenhall-mende"),
        ("???", None, "structure"),
        ("مطعم", "Lyon", "lyon"),
    ],
)
def test_a_slug_reads_as_the_name_and_the_city(name, city, slug):
    assert base_slug(name, city) == slug


@given(name=st.text(max_size=400), city=st.none() | st.text(max_size=100), number=st.uuids())
def test_a_slug_is_always_a_plain_path_segment(name: str, city: str | None, number: UUID):
    slug = suffixed(base_slug(name, city), number)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= LONGEST + 6
