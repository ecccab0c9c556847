"""Products of matrices and their kin."""

from __future__ import annotations

from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import FLOAT_TYPES, INT32, INT64, NUMBERS, UINT32, UINT64
from ..elements import Elem, index
from ..errors import UnsupportedOperator, WrongDType, WrongShape
from ..operators import REQUIRED, Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, broadcast, nested, tensor, total
from ..types import TensorType
from .equations import Equation, parse


def _common_type(use: Call) -> None:
    for t in use.inputs:
        if t is not None and t.dtype is not use.type(0).dtype:
            raise WrongDType(f"{use.op}: operands of types {use.type(0).dtype.name} and {t.dtype.name}")


def _matmul_rule(use: Call) -> tuple[TensorType, ...]:
    x, y = use.type(0), use.type(1)
    check_dtype(use, x.dtype, NUMBERS)
    _common_type(use)
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


def _gemm_sizes(use: Call, x: Shape, y: Shape) -> Shape:
    """The result's rows and columns."""
    return x[1 if use.flag("transA") else 0], y[0 if use.flag("transB") else 1]


def _gemm_rule(use: Call) -> tuple[TensorType, ...]:
    x, y = use.type(0), use.type(1)
    check_dtype(use, x.dtype, (UINT32, UINT64, INT32, INT64, *FLOAT_TYPES))
    _common_type(use)
    if x.rank != 2 or y.rank != 2:
        raise WrongShape(f"{use.op} takes matrices")
    check_sizes(use, x.shape[0 if use.flag("transA") else 1], y.shape[1 if use.flag("transB") else 0], "inner sizes")
    shape = _gemm_sizes(use, x.shape, y.shape)
    if use.has(2):
        _check_one_way(use, use.type(2).shape, shape)
    if not x.dtype.is_float and not (use.float("alpha").is_integer() and use.float("beta").is_integer()):
        raise UnsupportedOperator(f"{use.op} of integers with a fractional factor")
    return (TensorType(x.dtype, shape),)


def _check_one_way(use: Call, shape: Shape, onto: Shape) -> None:
    """WrongShape unless ``shape`` broadcasts to ``onto``."""
    out = dims.broadcast([shape, onto])
    if len(out) != len(onto) or any(dims.equal(a, c) is not True for a, c in zip(out, onto, strict=True)):
        raise WrongShape(f"{use.op}: {dims.show(shape)} does not broadcast to {dims.show(onto)}")


@operator(
    "Gemm",
    _gemm_rule,
    (2, 3),
    {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0},
    conventions=("beta = 0 leaves C out, whatever it holds", "alpha = 0 multiplies by 0"),
)
def gemm(use: Call, x: Tensor, y: Tensor, c: Tensor | None) -> Tensor:
    """``out[i, j] = alpha · Σ_k x[i, k] · y[k, j] + beta · c[i, j]``, with ``x`` and ``y`` transposed if asked"""
    alpha, beta = use.float("alpha"), use.float("beta")
    shape = _gemm_sizes(use, x.shape, y.shape)
    bias = broadcast(c, shape) if c is not None and beta != 0 else None
    depth = x.size(0 if use.flag("transA") else 1)

    def element(i: Index) -> Elem:
        row, column = i
        out = total(
            depth,
            lambda k: (
                (x[k, row] if use.flag("transA") else x[row, k])
                * (y[column, k] if use.flag("transB") else y[k, column])
            ),
        )
        out = out if alpha == 1 else out * alpha
        return out if bias is None else out + (bias[i] if beta == 1 else bias[i] * beta)

    return tensor(x, shape, element, use.reading)


def _linear_rule(use: Call) -> tuple[TensorType, ...]:
    x, w = use.type(0), use.type(1)
    check_dtype(use, x.dtype, NUMBERS)
    _common_type(use)
    if not x.rank or w.rank != 2 or (use.has(2) and use.type(2).rank != 1):
        raise WrongShape(f"{use.op} takes a tensor, a matrix and a vector")
    check_sizes(use, x.shape[-1], w.shape[1], "features")
    if use.has(2):
        check_sizes(use, use.type(2).shape[0], w.shape[0], "bias")
    return (TensorType(x.dtype, (*x.shape[:-1], w.shape[0])),)


@operator("Linear", _linear_rule, (2, 3))
def linear(use: Call, x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    """``out[.., o] = Σ_k x[.., k] · w[o, k] + bias[o]``.  This is no operator of ONNX."""

    def element(i: Index) -> Elem:
        *lead, o = i
        out = total(x.size(-1), lambda k: x[(*lead, k)] * w[o, k])
        return out if bias is None else out + bias[o]

    return tensor(x, (*x.shape[:-1], w.shape[0]), element, use.reading)


def _label_sizes(equation: Equation, shapes: list[Shape]) -> dict[str, Term]:
    """The size of every label.  Size 1 broadcasts between operands; within one, equal labels have equal sizes."""
    found: dict[str, list[Term]] = {}
    for labels, shape in zip(equation.operands, shapes, strict=True):
        here: dict[str, Term] = {}
        for label, d in zip(labels, shape, strict=True):
            if dims.equal(here.setdefault(label, d), d) is not True:
                raise WrongShape(f"Einsum: sizes {here[label]!r} and {d!r} of {label} in one operand")
        for label, d in here.items():
            found.setdefault(label, []).append(d)
    return {label: dims.broadcast([(d,) for d in sizes])[0] for label, sizes in found.items()}


def _einsum_rule(use: Call) -> tuple[TensorType, ...]:
    types = [use.type(k) for k in range(len(use.inputs))]
    check_dtype(use, types[0].dtype, NUMBERS)
    _common_type(use)
    equation = parse(use.str("equation"), [t.rank for t in types])
    sizes = _label_sizes(equation, [t.shape for t in types])
    return (TensorType(types[0].dtype, tuple(sizes[label] for label in equation.result)),)


@operator("Einsum", _einsum_rule, (1, None), {"equation": REQUIRED})
def einsum(use: Call, *operands: Tensor) -> Tensor:
    """``out[result] = Σ Π_j operand_j[labels_j]`` over the labels that the result lacks"""
    equation = parse(use.str("equation"), [x.rank for x in operands])
    sizes = _label_sizes(equation, [x.shape for x in operands])
    summed = [label for label in sizes if label not in equation.result]

    def element(i: Index) -> Elem:
        def body(k: Index) -> Elem:
            at = dict(zip([*equation.result, *summed], [*i, *k], strict=True))
            factors = [
                x[
                    tuple(
                        zero if d is one and sizes[v] is not one else at[v]
                        for v, d in zip(labels, x.shape, strict=True)
                    )
                ]
                for labels, x in zip(equation.operands, operands, strict=True)
            ]
            out = factors[0]
            for factor in factors[1:]:
                out = out * factor
            return out

        return nested(total, [index(sizes[v], use.reading) for v in summed], body)

    zero, one = index(0, use.reading), dims.size(1)
    return tensor(operands[0], [sizes[v] for v in equation.result], element, use.reading)
