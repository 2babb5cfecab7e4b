"""Sentences in the language of who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar import Request

from libs.contracts.validation import FieldError
from libs.territories import departments
from libs.web.pages import translate
from services.contributions.web.form import Form, Values
from services.contributions.web.form.values import field_of
from services.contributions.web.showing import Say


def speaker(request: Request[Any, Any, Any]) -> Say:
    """Return what puts messages in the language of who asks."""

    def say(message: str, **parameters: Any) -> str:
        return translate(request, message, parameters)

    return say


def department_name(code: str) -> str:
    """Return a department's name with its code, or the code alone."""
    known = departments().get(code)
    return f"{known.name} ({code})" if known else code


def form_with(values: Values, errors: Iterable[FieldError], say: Say, *, seen: Values | None = None) -> Form:
    """Return a form sent back: what was typed, with a sentence beside each field that needs one."""
    found: dict[str, str] = {}
    others: list[str] = []
    for error in errors:
        sentence = say(error.message, **error.parameters)
        name = error.field if _is_field(error.field) else field_of(error)
        if name is None:
            others.append(sentence)
        else:
            found.setdefault(name, sentence)
    return Form(values, found, tuple(dict.fromkeys(others)), seen=seen)


def _is_field(name: str) -> bool:
    """Whether an error names the form's field itself, as what reads the form does."""
    return "." not in name and (
        name.startswith(("hours", "closure")) or name in {"name", "position", "category", "city", "trap"}
    )
