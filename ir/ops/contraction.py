"""Products of matrices and their kin."""

from __future__ import annotations

from .. import dims
from ..dtypes import NUMBERS
from ..elements import Elem
from ..errors import WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, broadcast, tensor, total
from ..types import TensorType


def _matmul_rule(use: Call) -> tuple[TensorType, ...]:
    x, y = use.type(0), use.type(1)
    check_dtype(use, x.dtype, NUMBERS)
    if x.dtype is not y.dtype:
        raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {y.dtype.name}")
    if not x.rank or not y.rank:
        raise WrongShape(f"{use.op} takes no scalars")
    check_sizes(use, x.shape[-1], y.shape[-2 if y.rank > 1 else 0], "inner sizes")
    batch = dims.broadcast([x.shape[:-2], y.shape[:-2]])
    return (TensorType(x.dtype, (*batch, *x.shape[-2:-1], *(y.shape[-1:] if y.rank > 1 else ()))),)


@operator("MatMul", _matmul_rule, (2, 2))
def matmul(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``out[.., i, j] = Σ_k x[.., i, k] · y[.., k, j]``; an operand of rank 1 is a row or a column."""
    batch = dims.broadcast([x.shape[:-2], y.shape[:-2]])
    wide = broadcast(x, (*batch, *x.shape[-2:])) if x.rank > 1 else x
    tall = broadcast(y, (*batch, *y.shape[-2:])) if y.rank > 1 else y
    rows, columns = int(x.rank > 1), int(y.rank > 1)

    def element(i: Index) -> Elem:
        lead = i[: len(batch)]
        row, column = i[len(batch) : len(batch) + rows], i[len(batch) + rows :]
        return total(
            x.size(-1),
            lambda k: wide[(*lead, *row, k) if rows else (k,)] * tall[(*lead, k, *column) if columns else (k,)],
        )

    return tensor(x, (*batch, *x.shape[-2:-1], *(y.shape[-1:] if columns else ())), element, use.reading)
