"""The API and the pages of accounts."""
