"""What every service's pages and API share: the application, who is asking, pages, problems, words.

A service calls `create_application` with its handlers; a handler answers with data, `page(...)`, or raises
a `Problem`.
"""

from libs.web.application import create_application
from libs.web.pages import Page, page
from libs.web.problems import FieldProblem, Problem
from libs.web.security import Viewer, require

__all__ = ["FieldProblem", "Page", "Problem", "Viewer", "create_application", "page", "require"]
