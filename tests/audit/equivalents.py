"""Mutants that no trial can kill, each with the reason."""

from __future__ import annotations

import re
from typing import Final

EQUIVALENT: Final[tuple[tuple[str, str, str], ...]] = (
    ("Add|Mul|Max|Min|Sum|Mean|And|Or|Xor|BitwiseAnd|BitwiseOr|BitwiseXor|Equal", "operands . and . swapped",
     "the operator is commutative"),
    ("Add|Mul|And|Or|Xor|BitwiseAnd|BitwiseOr|BitwiseXor|Equal", ".*`binary.*, x, y.*` becomes `binary.*, y, x.*`",
     "the operator is commutative"),
)  # fmt: skip
"""Patterns of the operator and of the mutant's name, and why it is equivalent."""


def equivalent(op: str, key: str) -> str | None:
    """Why a mutant is equivalent, None if it is not known to be."""
    return next((why for o, k, why in EQUIVALENT if re.fullmatch(o, op) and re.fullmatch(k, key)), None)
