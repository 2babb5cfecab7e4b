"""The territories of France: communes, departments and regions; addresses and telephone numbers as they use them."""

from libs.territories.communes import (
    Commune,
    commune,
    communes,
    communes_beginning,
    communes_named,
    communes_of_postcode,
    find_commune,
    is_insee_code,
    may_be_of,
    search_places,
)
from libs.territories.completion import Note, complete, located
from libs.territories.departments import (
    Department,
    department_name,
    department_of_insee_code,
    department_of_postcode,
    departments,
    regions,
)
from libs.territories.phones import e164
from libs.territories.points import department_at, is_abroad, kilometres_off
from libs.territories.relocation import relocated

__all__ = [
    "Commune",
    "Department",
    "Note",
    "commune",
    "communes",
    "communes_beginning",
    "communes_named",
    "communes_of_postcode",
    "complete",
    "department_at",
    "department_name",
    "department_of_insee_code",
    "department_of_postcode",
    "departments",
    "e164",
    "find_commune",
    "is_abroad",
    "is_insee_code",
    "kilometres_off",
    "located",
    "may_be_of",
    "regions",
    "relocated",
    "search_places",
]
