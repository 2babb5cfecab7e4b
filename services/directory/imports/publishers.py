"""Who publishes the data that files bring, under which licence, and how each wants to be named."""

from __future__ import annotations

import msgspec

LICENCE_OUVERTE = "etalab-2.0"
"""The Licence Ouverte 2.0, by its SPDX identifier."""


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher of data. `source` is the code that structures' sources bear.

    Args:
        source: the code.
        label_fr: how pages name it in French.
        label_en: how pages name it in English.
        url: where to learn about the data.
        licence: the SPDX identifier of its licence; None where only facts were taken.
        attribution: the sentence that the licence asks to show, in French.
    """

    source: str
    label_fr: str
    label_en: str
    url: str
    licence: str | None
    attribution: str

    def label(self, language: str) -> str:
        """Return the label in `language` (fr or en; anything else reads French)."""
        return self.label_en if language == "en" else self.label_fr


MEDIATION_NUMERIQUE = Publisher(
    source="mediation-numerique",
    label_fr="Médiation numérique (ANCT et ses sources)",
    label_en="Digital help places (ANCT and its sources)",
    url="https://cartographie.societenumerique.gouv.fr",
    licence=LICENCE_OUVERTE,
    attribution="Médiation numérique, ANCT et ses sources (Licence Ouverte 2.0)",
)

FRANCE_SERVICES = Publisher(
    source="france-services",
    label_fr="France services (ANCT)",
    label_en="France services (ANCT)",
    url="https://www.france-services.gouv.fr",
    licence=LICENCE_OUVERTE,
    attribution="ANCT, France services (Licence Ouverte 2.0)",
)

MAIRIES = Publisher(
    source="mairies",
    label_fr="Mairies (Service-Public.fr / DILA)",
    label_en="Town halls (Service-Public.fr / DILA)",
    url="https://lannuaire.service-public.fr",
    licence=LICENCE_OUVERTE,
    attribution="Service-Public.fr / DILA (Licence Ouverte 2.0)",
)

LEAFLET_PARIS_2020 = Publisher(
    source="leaflet-paris-2020",
    label_fr="Dépliant imprimé du 6 mai 2020, Paris nord-est (Solinum)",
    label_en="Printed leaflet of 6 May 2020, north-east Paris (Solinum)",
    url="https://www.solinum.org",
    licence=None,
    attribution="« L'action sociale confinée », Solinum, 2020 (faits)",
)

DATA_INCLUSION = Publisher(
    source="data-inclusion",
    label_fr="data·inclusion et ses producteurs",
    label_en="data·inclusion and its producers",
    url="https://data.inclusion.gouv.fr",
    licence=LICENCE_OUVERTE,
    attribution="data·inclusion et ses producteurs (Licence Ouverte 2.0)",
)

PUBLISHERS: dict[str, Publisher] = {
    publisher.source: publisher
    for publisher in (MEDIATION_NUMERIQUE, FRANCE_SERVICES, MAIRIES, LEAFLET_PARIS_2020, DATA_INCLUSION)
}
"""Every publisher by its code."""
