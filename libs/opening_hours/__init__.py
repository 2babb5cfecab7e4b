"""Opening hours in OpenStreetMap syntax: are they well formed, is it open, what does the week look like."""

from libs.opening_hours.syntax import is_valid

__all__ = ["is_valid"]
