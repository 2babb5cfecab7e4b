"""The form of a place: few plain fields, filled from a content, read into a merge patch on it."""

from services.contributions.web.form.filling import values_of
from services.contributions.web.form.reading import read
from services.contributions.web.form.values import Form, Values

__all__ = ["Form", "Values", "read", "values_of"]
