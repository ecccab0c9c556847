"""Wrong lemmas, each beside a right one: a declared shape or an instruction in which one thing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .notation import Instance, case


@dataclass(frozen=True, slots=True)
class Twin:
    """A lemma about ``right`` that is false.  Its name begins with ``shape`` or ``preservation``.

    The denotation (of a shape lemma) or the instruction (of a preservation lemma) is that of ``wrong`` where this is
    given, with its operands in the order ``order``, and without any condition on indices where it is ``unguarded``.  A
    shape lemma declares what ``declared`` declares.
    """

    name: str
    doc: str
    right: Instance
    wrong: Instance | None = None
    order: tuple[int, ...] = ()
    unguarded: bool = False
    declared: Instance | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """The right instance and all that is wrong, in full."""
        others = [repr(i and i.identity) for i in (self.wrong, self.declared)]
        return (self.name, *self.right.identity, *others, repr(self.order), str(self.unguarded))


_CONV: Final = case("Conv", "[b, c, h, w] [m, c, 3, 3] [m]", pads=(1, 1, 1, 1))
_GATHER: Final = case("Gather", "[n, m] int64[k]", axis=0)
_PAD: Final = case("Pad", "[n, m]", pads=(1, 0, 0, 2))
_POOL: Final[dict[str, Any]] = {"kernel_shape": (2, 2), "strides": (2, 2)}

TWINS: Final = (
    Twin(
        "shape_wrong_spread",
        "a row is read as if it were a matrix",
        case("Add", "[n, m] [1, m]"),
        case("Add", "[n, m] [n, m]"),
    ),
    Twin(
        "shape_wrong_size",
        "the declared result has one row too many",
        case("Concat", "[n, m] [k, m]", axis=0),
        declared=case("Concat", "[n, m] [k + 1, m]", axis=0),
    ),
    Twin("shape_wrong_guard", "the padding is read from the operand", _PAD, unguarded=True),
    Twin("shape_wrong_guard", "the padding is read from the operand", _CONV, unguarded=True),
    Twin("shape_wrong_index", "no condition on the index is left", _GATHER, unguarded=True),
    Twin(
        "shape_wrong_order",
        "the declared result is the transpose",
        case("MatMul", "[n, k] [k, m]"),
        declared=case("MatMul", "[m, k] [k, n]"),
    ),
    Twin(
        "shape_wrong_rounding",
        "the declared number of windows is rounded up, that of the denotation down",
        case("MaxPool", "[b, c, h, w]", **_POOL),
        declared=case("MaxPool", "[b, c, h, w]", **_POOL, ceil_mode=1),
    ),
    Twin(
        "shape_wrong_start",
        "the slice begins one later than its declared size says",
        case("Slice", "[n + 3, m]", starts=(0,), ends=(3,), axes=(0,)),
        case("Slice", "[n + 3, m]", starts=(1,), ends=(3,), axes=(0,)),
    ),
    Twin(
        "shape_wrong_axis",
        "the other axis is removed",
        case("ReduceSum", "[n, m]", axes=(0,), keepdims=0),
        case("ReduceSum", "[n, m]", axes=(1,), keepdims=0),
    ),
    Twin("preservation_wrong_order", "the operands are swapped", case("Sub", "[n, m] [n, m]"), order=(1, 0)),
    Twin(
        "preservation_wrong_branch",
        "the branches are swapped",
        case("Where", "bool[n, m] [n, m] [n, m]"),
        order=(0, 2, 1),
    ),
    Twin(
        "preservation_wrong_axis",
        "the other axis is normalised",
        case("Softmax", "[n, m]", axis=-1),
        case("Softmax", "[n, m]", axis=0),
    ),
    Twin(
        "preservation_wrong_end",
        "the element itself is left out of its sum",
        case("CumSum", "[n, m]", axis=0),
        case("CumSum", "[n, m]", axis=0, exclusive=1),
    ),
    Twin(
        "preservation_wrong_diagonal",
        "the diagonal is cut off",
        case("Trilu", "[n, m]"),
        case("Trilu", "[n, m]", k=1),
    ),
    Twin("preservation_wrong_guard", "every index counts from the end", _GATHER, unguarded=True),
    Twin(
        "preservation_wrong_extreme",
        "the minimum is taken",
        case("ReduceMax", "[n, m]", axes=(1,)),
        case("ReduceMin", "[n, m]", axes=(1,)),
    ),
    Twin(
        "preservation_wrong_transpose",
        "the second matrix is not transposed",
        case("Gemm", "[n, n] [n, n]", transB=1),
        case("Gemm", "[n, n] [n, n]"),
    ),
    Twin(
        "preservation_wrong_padding",
        "all padding comes first",
        _CONV,
        case("Conv", "[b, c, h, w] [m, c, 3, 3] [m]", pads=(2, 2, 0, 0)),
    ),
    Twin(
        "preservation_wrong_tie",
        "the last of equal maxima is taken",
        case("ArgMax", "[n, m]", axis=-1),
        case("ArgMax", "[n, m]", axis=-1, select_last_index=1),
    ),
)
