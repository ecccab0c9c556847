"""An independent reading of scripts: pysmt parses the text and evaluates its assertions.

pysmt knows neither floats nor integer division, so only scripts without them can be checked.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from ...theories.errors import Unsupported
from .printer import Script
from .symbols import bare

_OUTSIDE = re.compile(r"\((?:div|mod|to_int) |\(_ int2bv")
"""What pysmt's language lacks."""

Constant = bool | int | Fraction
Table = Mapping[tuple[Constant, ...], Constant]
"""A function on finitely many arguments; it is 0 or false elsewhere."""


class Parsed:
    """A parsed script, in an environment of its own."""

    def __init__(self, script: Script) -> None:
        """Parse; Unsupported when the script uses what pysmt lacks, pysmt's own errors when it is no SMT-LIB."""
        # pysmt has no type hints: its objects are Any here, and only Booleans come out
        from pysmt import environment
        from pysmt.smtlib import parser

        found = _OUTSIDE.search(script.text)
        if found is not None or script.formats:
            raise Unsupported(f"{found.group().strip('( ') if found else 'floats'} in pysmt")
        self._env: Any = cast("Any", environment).Environment()
        reader: Any = cast("Any", parser).SmtLibParser(environment=self._env)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unknown logic")  # pysmt then takes any
            commands: Any = reader.get_script(io.StringIO(script.text)).commands
        formulas = [c.args[0] for c in commands if c.name == "assert"]
        self.assertions: dict[str, Any] = dict(zip(script.names.values(), formulas, strict=True))
        """pysmt's formulas, by the names of the assertions."""

    def evaluate(
        self, values: Mapping[str, Constant], functions: Mapping[str, Table] | None = None, only: str | None = None
    ) -> dict[str, bool]:
        """The truth of every assertion (or ``only`` that one) where the symbols (``$x``) have these values.

        Raises Unsupported for an assertion that does not evaluate to a constant: a missing value, a division by zero.
        """
        tables = functions or {}
        constants: dict[Any, Any] = {}
        interpretations: dict[Any, Any] = {}
        chosen = {name: t for name, t in self.assertions.items() if only in (None, name)}
        for formula in chosen.values():
            for s in self._env.fvo.get_free_variables(formula):
                name, sort = bare(s.symbol_name()), s.symbol_type()
                if sort.is_function_type():
                    interpretations[s] = self._function(sort, tables.get(name, {}))
                elif name in values:
                    constants[s] = self._constant(values[name], sort)
        return {name: self._truth(name, f, constants, interpretations) for name, f in chosen.items()}

    def _truth(self, name: str, formula: Any, constants: dict[Any, Any], interpretations: dict[Any, Any]) -> bool:
        value = self._env.simplifier.simplify(self._env.substituter.substitute(formula, constants, interpretations))
        if not value.is_bool_constant():
            raise Unsupported(f"pysmt does not evaluate {name}: {str(value)[:200]}")
        return bool(value.constant_value())

    def _constant(self, value: Constant, sort: Any) -> Any:
        manager = self._env.formula_manager
        if sort.is_bool_type():
            return manager.Bool(bool(value))
        if sort.is_int_type():
            return manager.Int(int(value))
        if sort.is_real_type():
            return manager.Real(Fraction(value))
        if sort.is_bv_type():
            return manager.BV(int(value) % (1 << sort.width), sort.width)
        raise Unsupported(f"values of sort {sort} in pysmt")

    def _function(self, sort: Any, table: Table) -> Any:
        """A chain of conditionals."""
        from pysmt import substituter

        manager = self._env.formula_manager
        params = [manager.FreshSymbol(p) for p in sort.param_types]
        body = self._constant(0, sort.return_type)
        for args, value in table.items():
            hit = manager.And([self._equal(p, a) for p, a in zip(params, args, strict=True)])
            body = manager.Ite(hit, self._constant(value, sort.return_type), body)
        return cast("Any", substituter).FunctionInterpretation(params, body)

    def _equal(self, param: Any, value: Constant) -> Any:
        manager = self._env.formula_manager
        return manager.EqualsOrIff(param, self._constant(value, param.symbol_type()))
