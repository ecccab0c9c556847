"""The same elements under other indices: reshapes, transpositions, broadcasts, blocks."""

from __future__ import annotations

from collections.abc import Sequence

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..elements import Elem, index
from ..errors import BadAttribute, WrongShape
from ..operators import REQUIRED, Call, normal_axis, operator
from ..tensors import Index, Tensor, broadcast, tensor
from ..types import TensorType

# -- row-major order ---------------------------------------------------------------------------------------------------


def flat(at: Sequence[Elem], sizes: Sequence[Elem]) -> Elem:
    """The row-major position of an index: ``(i₀ · n₁ + i₁) · n₂ + i₂ …``."""
    out = at[0]
    for i, n in zip(at[1:], sizes[1:], strict=True):
        out = out * n + i
    return out


def unflat(position: Elem, shape: Shape) -> Index:
    """The index at a row-major position: quotients and remainders by the products of the sizes that follow."""
    out: list[Elem] = []
    for k, d in enumerate(shape):
        rest = index(dims.product(shape[k + 1 :]), position.reading)
        quotient = position // rest
        out.append(quotient if k == 0 else quotient % index(d, position.reading))
    return tuple(out)


def _groups(old: Shape, new: Shape) -> list[tuple[slice, slice]]:
    """Runs of axes of both shapes with the same product, as short as possible, from the left."""
    out: list[tuple[slice, slice]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        m, n = _run(old[i:], new[j:])
        out.append((slice(i, i + m), slice(j, j + n)))
        i, j = i + m, j + n
    return out


def _run(old: Shape, new: Shape) -> tuple[int, int]:
    """How many leading axes of each shape belong together: both one if these agree, an axis of size 1 alone."""
    if old and new and dims.equal(old[0], new[0]):
        return 1, 1
    pairs = ((m, n) for m in range(len(old) + 1) for n in range(len(new) + 1) if m + n)
    for m, n in sorted(pairs, key=sum):
        if dims.equal(dims.product(old[:m]), dims.product(new[:n])):
            return m, n
    return len(old), len(new)


def reshaped(x: Tensor, shape: Shape) -> Tensor:
    """``x`` with its elements in row-major order under another shape; only axes that really change are divided."""
    groups = _groups(x.shape, shape)
    sizes = [index(d, x.reading) for d in shape]

    def read(i: Index) -> Elem:
        at: list[Elem] = []
        for old, new in groups:
            if i[new]:
                at.extend(unflat(flat(i[new], sizes[new]), x.shape[old]))
            else:
                at.extend(index(0, x.reading) for _ in x.shape[old])
        return x[tuple(at)]

    return tensor(x, shape, read, x.reading)


# -- reshapes ----------------------------------------------------------------------------------------------------------


def _reshape(use: Call, shape: Shape) -> Shape:
    """The new shape: 0 copies a size (unless ``allowzero``), -1 is what is left."""
    asked = list(use.sizes("shape"))
    keep = not use.flag("allowzero")
    for k, d in enumerate(asked):
        if d is b.ZERO and keep:
            if k >= len(shape):
                raise WrongShape(f"Reshape: there is no axis {k} to copy")
            asked[k] = shape[k]
    unknown = [k for k, d in enumerate(asked) if dims.literal(d) == -1]
    if len(unknown) > 1:
        raise WrongShape("Reshape: two sizes of -1")
    if unknown:
        if not keep and b.ZERO in asked:
            raise WrongShape("Reshape: sizes of 0 and of -1 with allowzero")
        asked[unknown[0]] = _missing(use, shape, [d for k, d in enumerate(asked) if k != unknown[0]])
    for d in asked:
        if dims.sign(d) == -1:
            raise WrongShape(f"Reshape: the size {d!r} is negative")
    if dims.equal(dims.product(asked), dims.product(shape)) is not True:
        raise WrongShape(f"Reshape: {dims.show(shape)} has not the elements of {dims.show(asked)}")
    return tuple(asked)


def _missing(use: Call, shape: Shape, known: list[Term]) -> Term:
    """The size that makes up the elements of ``shape`` with ``known``: sizes on both sides are cancelled first."""
    left = list(shape)
    rest: list[Term] = []
    for d in known:
        same = next((k for k, e in enumerate(left) if dims.equal(d, e)), None)
        if same is None:
            rest.append(d)
        else:
            left.pop(same)
    divisor = dims.product(rest)
    out = None if divisor is b.ZERO else dims.divide(dims.product(left), divisor)
    if out is None:
        raise WrongShape(f"{use.op}: {dims.show(shape)} is not divided by the sizes {dims.show(known)}")
    return out


def _reshape_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, _reshape(use, x.shape)),)


@operator("Reshape", _reshape_rule, (1, 2), attrs={"allowzero": 0}, static={1: "shape"})
def reshape(use: Call, x: Tensor, _shape: None) -> Tensor:
    """``out[i] = x[j]`` with ``i`` and ``j`` at the same row-major position"""
    return reshaped(x, _reshape(use, x.shape))


def _flatten(use: Call, shape: Shape) -> Shape:
    axis = use.int("axis")
    if not -len(shape) <= axis <= len(shape):
        raise BadAttribute(f"Flatten: axis is {axis}, but the rank is {len(shape)}")
    axis = axis + len(shape) if axis < 0 else axis
    return dims.product(shape[:axis]), dims.product(shape[axis:])


def _flatten_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, _flatten(use, x.shape)),)


@operator("Flatten", _flatten_rule, attrs={"axis": 1})
def flatten(use: Call, x: Tensor) -> Tensor:
    """``x`` as a matrix: axes before ``axis`` are its rows, the others its columns"""
    return reshaped(x, _flatten(use, x.shape))


def _dropped(use: Call, shape: Shape) -> tuple[int, ...]:
    """The axes that Squeeze drops: those named, or all of size 1."""
    if use.get("axes") is None:
        return tuple(k for k, d in enumerate(shape) if d is b.ONE)
    axes = use.axes("axes", len(shape))
    for k in axes:
        if shape[k] is not b.ONE:
            raise WrongShape(f"Squeeze: axis {k} has size {shape[k]!r}, not 1")
    return axes


def _squeeze_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    drop = _dropped(use, x.shape)
    if use.get("axes") is None and any(dims.literal(d) is None for d in x.shape):
        raise WrongShape(f"Squeeze without axes: which sizes of {dims.show(x.shape)} are 1 is not known")
    return (TensorType(x.dtype, tuple(d for k, d in enumerate(x.shape) if k not in drop)),)


@operator("Squeeze", _squeeze_rule, (1, 2), attrs={"axes": None}, static={1: "axes"})
def squeeze(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``out[i] = x[i with 0 at axes]``"""
    drop = _dropped(use, x.shape)
    zero = index(0, use.reading)

    def read(i: Index) -> Elem:
        rest = iter(i)
        return x[tuple(zero if k in drop else next(rest) for k in range(x.rank))]

    return tensor(x, [d for k, d in enumerate(x.shape) if k not in drop], read, use.reading)


def _unsqueezed(use: Call, shape: Shape) -> Shape:
    axes = use.axes("axes", len(shape) + len(use.ints("axes")))
    rest = iter(shape)
    return tuple(b.ONE if k in axes else next(rest) for k in range(len(shape) + len(axes)))


def _unsqueeze_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, _unsqueezed(use, x.shape)),)


@operator("Unsqueeze", _unsqueeze_rule, (1, 2), static={1: "axes"})
def unsqueeze(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``out[i] = x[i without axes]``"""
    shape = _unsqueezed(use, x.shape)
    axes = use.axes("axes", len(shape))
    return tensor(x, shape, lambda i: x[tuple(k for n, k in enumerate(i) if n not in axes)], use.reading)


# -- transpositions and broadcasts -------------------------------------------------------------------------------------


def _permutation(use: Call, rank: int) -> tuple[int, ...]:
    if use.get("perm") is None:
        return tuple(reversed(range(rank)))
    perm = tuple(normal_axis(k, rank, "Transpose: perm") for k in use.ints("perm"))
    if sorted(perm) != list(range(rank)):
        raise BadAttribute(f"Transpose: {perm} is no permutation of {rank} axes")
    return perm


def _transpose_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, tuple(x.shape[k] for k in _permutation(use, x.rank))),)


@operator("Transpose", _transpose_rule, attrs={"perm": None})
def transpose(use: Call, x: Tensor) -> Tensor:
    """``out[i] = x[j]`` with ``j[perm[k]] = i[k]``; the axes are reversed by default"""
    perm = _permutation(use, x.rank)
    return tensor(x, [x.shape[k] for k in perm], lambda i: x[tuple(i[perm.index(k)] for k in range(x.rank))], x.reading)


def _expand_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    for d in use.sizes("shape"):
        if dims.sign(d) == -1:
            raise WrongShape(f"Expand: the size {d!r} is negative")
    return (TensorType(x.dtype, dims.broadcast([x.shape, use.sizes("shape")])),)


@operator("Expand", _expand_rule, (1, 2), static={1: "shape"})
def expand(use: Call, x: Tensor, _shape: None) -> Tensor:
    """``x`` broadcast with ``shape``, by NumPy's rule: sizes of 1 on either side stretch"""
    return broadcast(x, dims.broadcast([x.shape, use.sizes("shape")]))


# -- blocks ------------------------------------------------------------------------------------------------------------


def _block(use: Call, x: TensorType) -> int:
    block = use.int("blocksize")
    if x.rank != 4:
        raise WrongShape(f"{use.op} takes rank 4, not {x.rank}")
    if block < 1:
        raise BadAttribute(f"{use.op}: blocksize is {block}")
    if use.str("mode") not in ("DCR", "CRD"):
        raise BadAttribute(f"{use.op}: mode {use.str('mode')} is neither DCR nor CRD")
    return block


def _part(use: Call, d: Term, by: int) -> Term:
    out = dims.divide(d, b.integer(by))
    if out is None:
        raise WrongShape(f"{use.op}: the size {d!r} is not divided by {by}")
    return out


def _times(d: Term, by: int) -> Term:
    return dims.product((d, b.integer(by)))


def _to_space_rule(use: Call) -> tuple[TensorType, ...]:
    x, block = use.type(0), _block(use, use.type(0))
    n, c, h, w = x.shape
    return (TensorType(x.dtype, (n, _part(use, c, block * block), _times(h, block), _times(w, block))),)


@operator("DepthToSpace", _to_space_rule, attrs={"mode": "DCR", "blocksize": REQUIRED})
def depth_to_space(use: Call, x: Tensor) -> Tensor:
    """``out[n, c, h, w] = x[n, k, h div s, w div s]`` with ``(h mod s, w mod s, c)`` at ``k`` (``CRD``: ``c`` first)"""
    s = _block(use, x.type)
    n, c, h, w = x.shape
    depth = index(_part(use, c, s * s), use.reading)

    def read(i: Index) -> Elem:
        batch, channel, y, z = i
        inner = (y % s) * s + z % s
        k = inner * depth + channel if use.str("mode") == "DCR" else channel * (s * s) + inner
        return x[batch, k, y // s, z // s]

    return tensor(x, (n, depth, _times(h, s), _times(w, s)), read, use.reading)


def _to_depth_rule(use: Call) -> tuple[TensorType, ...]:
    x, block = use.type(0), _block(use, use.type(0))
    n, c, h, w = x.shape
    return (TensorType(x.dtype, (n, _times(c, block * block), _part(use, h, block), _part(use, w, block))),)


@operator("SpaceToDepth", _to_depth_rule, attrs={"mode": "DCR", "blocksize": REQUIRED})
def space_to_depth(use: Call, x: Tensor) -> Tensor:
    """``out[n, k, h, w] = x[n, c, h · s + p, w · s + q]`` with ``(p, q, c)`` at ``k`` (``CRD``: ``c`` first)"""
    s = _block(use, x.type)
    n, c, h, w = x.shape

    def read(i: Index) -> Elem:
        batch, k, y, z = i
        depth = x.size(1)
        first = use.str("mode") == "CRD"
        channel, inner = (k // (s * s), k % (s * s)) if first else (k % depth, k // depth)
        return x[batch, channel, y * s + inner // s, z * s + inner % s]

    return tensor(x, (n, _times(c, s * s), _part(use, h, s), _part(use, w, s)), read, use.reading)
