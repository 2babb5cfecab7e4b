"""The search API and the public pages."""
