"""The API and the pages of notify."""
