"""From formulas with binders, axes groups and big operators to ground assertions.

The ground assertions are *instances*: of quantified hypotheses, of the laws of big operators, of lemmas, and the
Skolem forms of existentials.  So ``unsat`` of the instances means that the sequent is valid, whatever was left out;
``sat`` is only a candidate, to be replayed.
"""

from .core import Lowered, Lowering, Matchable, lower

__all__ = ["Lowered", "Lowering", "Matchable", "lower"]
