"""Names of SMT-LIB logics, computed from what occurs in a script."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

FEATURES: Final = frozenset({"uf", "int", "real", "nonlinear", "bits", "float"})


def logic_name(features: AbstractSet[str]) -> str:
    """The smallest quantifier-free logic with those features; ``ALL`` where SMT-LIB names none.

    >>> logic_name({"uf", "int", "nonlinear"}), logic_name({"float"}), logic_name({"bits", "real"})
    ('QF_UFNIA', 'QF_FP', 'ALL')
    """
    machine = bool(features & {"bits", "float"})
    numbers = bool(features & {"int", "real"})
    if machine and numbers:
        return "ALL"
    uf = "UF" if "uf" in features else ""
    if machine:
        return f"QF_{uf}{'BV' if 'bits' in features else ''}{'FP' if 'float' in features else ''}"
    if not numbers:
        return "QF_UF"
    kinds = ("I" if "int" in features else "") + ("R" if "real" in features else "")
    return f"QF_{uf}{'N' if 'nonlinear' in features else 'L'}{kinds}A"
