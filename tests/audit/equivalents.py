"""Mutants that no trial can kill, each with the reason."""

from __future__ import annotations

import re
from typing import Final

EQUIVALENT: Final[tuple[tuple[str, str, str], ...]] = (
    ("Shape|Size|EyeLike|ConstantOfShape", "operand 0 .*", "only the shape of the operand is read"),
    ("CastLike", "operand 1 .*", "only the type of the operand is read"),
    ("Squeeze|Reduce.*|MeanVarianceNormalization", "attribute axes, change 1",
     "the order of axes means nothing"),
    ("Add|Mul|Max|Min|Sum|Mean|And|Or|Xor|BitwiseAnd|BitwiseOr|BitwiseXor|Equal", "operands . and . swapped",
     "the operator is commutative"),
    ("Add|Mul|And|Or|Xor|BitwiseAnd|BitwiseOr|BitwiseXor|Equal", ".*`binary.*, x, y.*` becomes `binary.*, y, x.*`",
     "the operator is commutative"),
)  # fmt: skip
"""Patterns of the operator and of the mutant's name, and why it is equivalent."""


FEW: Final = {
    "Size": "a number that depends on the shape alone: its source has no more places whose change is a program",
}
"""Operators with fewer possible mutants than are wanted, each with the reason."""


def equivalent(op: str, key: str) -> str | None:
    """Why a mutant is equivalent, None if it is not known to be."""
    return next((why for o, k, why in EQUIVALENT if re.fullmatch(o, op) and re.fullmatch(k, key)), None)
