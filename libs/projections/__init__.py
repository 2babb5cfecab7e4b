"""Projections: what services keep of the directory's structures, built anew and compared with the truth.

A service says in a `Projection` how its copy is written; a rebuild fills empty twins of its tables and puts them
in place of the old ones, and an audit compares row by row with what the directory tells.
"""

from libs.projections.projection import Difference, Projection, Said

__all__ = ["Difference", "Projection", "Said"]
