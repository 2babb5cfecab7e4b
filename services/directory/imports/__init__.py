"""Files of open data read into drafts of structures: recognised by their header, checked whole, row by row.

Nothing here knows the database; `services.directory.handlers` applies the drafts.
"""

from services.directory.imports.drafts import Draft, Loss, LossKind, Reject, UnreadableFile
from services.directory.imports.files import ImportFile, read_file
from services.directory.imports.publishers import PUBLISHERS, Publisher

__all__ = [
    "PUBLISHERS",
    "Draft",
    "ImportFile",
    "Loss",
    "LossKind",
    "Publisher",
    "Reject",
    "UnreadableFile",
    "read_file",
]
