"""The copy of the directory's announcements, for the pages of search."""
