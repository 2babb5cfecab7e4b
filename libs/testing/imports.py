"""A contract for import-linter: what may be imported, where a list of what may not would never end."""

from __future__ import annotations

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """The source modules import the standard library, themselves, and the allowed modules; nothing else."""

    type_name = "only"

    source_modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 -- the interface
        broken: list[str] = []
        for package in module_expressions_to_modules(graph, self.source_modules):  # pyright: ignore[reportArgumentType] -- a field is its value on an instance
            allowed = {package.name, *cast("set[str]", self.allowed_modules)}
            for module in {package.name, *graph.find_descendants(package.name)}:
                for imported in graph.find_modules_directly_imported_by(module):
                    if imported.split(".")[0] in sys.stdlib_module_names:
                        continue
                    if not any(imported == name or imported.startswith(f"{name}.") for name in allowed):
                        broken.append(f"{module} imports {imported}")
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)
