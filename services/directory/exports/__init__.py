"""The open-data files of each department, kept line by line as structures change.

A line is what one structure is in each format; a file is its department's lines, composed when asked for.
"""

PLATFORM = "https://relais.invalid"
"""Stands in lines for the platform's own address, which is put in when a file is served."""
