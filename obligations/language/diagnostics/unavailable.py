"""Forms that are reserved and have no meaning in this version: PB3xx."""

from .base import ContractError


class NoRecursion(ContractError, code="PB301"):
    """`rec` is reserved: definitions by recursion are not available in this version.

    Big operators (`sum`, `prod`, `max`, `count`) over a symbolic range are available, with induction over their bound.

    What to do: state the function by a big operator, or as a parameter `(f : nat -> real)` with its recursion as
    hypotheses.
    """


class NoRelations(ContractError, code="PB303"):
    """`relation` is reserved: relations between programs of different interfaces are not available in this version.

    What to do: state both programs as definitions and relate their results in a theorem.
    """


class NoDerivatives(ContractError, code="PB304"):
    """`jvp` is reserved: derivatives are not available in this version.

    What to do: state the derivative as a definition of its own.
    """


class NoProverProofs(ContractError, code="PB305"):
    """`by rocq "file"` is reserved: proofs by a prover's kernel are not available in this version.

    What to do: give a hint (`using`, `calc`, `by cases`, `by induction`), or state an axiom, with its reason.
    """


class NoDataTypes(ContractError, code="PB306"):
    """`tree` and `list` are reserved: inductive data types are not available in this version.

    What to do: use tensors; a list of length n is a `T[n]`.
    """


class NotSupported(ContractError, code="PB307"):
    """A combination of available forms lies outside what this version can give a meaning to.

    The message says which one. Nothing is proved or refuted.

    What to do: the hint, where there is one, names the nearest form that is supported.
    """
