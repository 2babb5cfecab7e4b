"""The kinds of files that can be imported, each with how it is recognised and how a row is read."""

from services.directory.imports.formats.base import CsvFormat, Row
from services.directory.imports.formats.digital_help import DIGITAL_HELP
from services.directory.imports.formats.france_services import FRANCE_SERVICES
from services.directory.imports.formats.leaflet import LEAFLET
from services.directory.imports.formats.town_halls import TOWN_HALLS

CSV_FORMATS: tuple[CsvFormat, ...] = (DIGITAL_HELP, FRANCE_SERVICES, TOWN_HALLS, LEAFLET)
"""Every kind of CSV file; no header fits two of them."""

__all__ = ["CSV_FORMATS", "CsvFormat", "Row"]
