"""The machine reading on the operations of neural networks, against plain NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from probanda.encoders.arrays.machine import kernel, kernels
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, FLOAT32, INT, BitsSort, Sort, bits, fn_sort
from probanda.theories.terms.term import Term

Array = NDArray[Any]
c = b.integer
rng = np.random.default_rng(1)


def tensor(name: str, rank: int, sort: Sort = FLOAT32) -> Term:
    return var(name, fn_sort([INT] * rank, sort))


Body = (
    Callable[[Term], Term]
    | Callable[[Term, Term], Term]
    | Callable[[Term, Term, Term], Term]
    | Callable[[Term, Term, Term, Term], Term]
)


def tabulated(extents: tuple[int | Term, ...], element: Body) -> Term:
    body = cast(Callable[..., Term], element)

    def layer(k: int, indices: tuple[Term, ...]) -> Term:
        if k == len(extents):
            return body(*indices)
        n = extents[k]
        return b.lam(b.below(c(n) if isinstance(n, int) else n), lambda i: layer(k + 1, (*indices, i)))

    return layer(0, ())


def total(n: int, body: Callable[[Term], Term]) -> Term:
    return b.big("sum", b.below(c(n)), body)


def greatest(n: int, body: Callable[[Term], Term]) -> Term:
    return b.big("bigmax", b.below(c(n)), body)


def f32(value: float) -> Term:
    return b.float_bits(int(np.float32(value).view(np.uint32)), FLOAT32)


def normal(*shape: int) -> Array:
    return rng.standard_normal(shape, dtype=np.float32)


def check(term: Term, arrays: Mapping[str, Array], expected: Array, tolerance: float = 1e-4, **sizes: int) -> None:
    """The kernel gives ``expected``, whole and in small chunks."""
    for limit in (1 << 26, 500):
        before = kernels.LIMIT
        kernels.LIMIT = limit
        try:
            (out,) = kernel([term])(arrays, sizes)
        finally:
            kernels.LIMIT = before
        assert out.shape == expected.shape and out.dtype == expected.dtype
        if tolerance:
            np.testing.assert_allclose(
                out.astype(np.float64), expected.astype(np.float64), rtol=tolerance, atol=tolerance
            )
        else:
            np.testing.assert_array_equal(out, expected)


A, Y, X, W = tensor("a", 2), tensor("y", 2), tensor("x", 4), tensor("w", 4)
IDS = tensor("ids", 2, bits(64))


def test_matrix_products() -> None:
    n, m, k = (var(s, INT) for s in "nmk")
    body = tabulated(
        (n, m), lambda i, j: b.big("sum", b.below(k), lambda q: b.neg(b.mul(b.at(A, i, q), b.at(Y, q, j))))
    )
    for sizes in ((5, 7, 3), (1, 4, 6), (4, 1, 1), (3, 3, 0), (0, 2, 2)):
        p, q, r = sizes
        a, y = normal(p, r), normal(r, q)
        check(body, {"a": a, "y": y}, -(a @ y), n=p, m=q, k=r)
    batched = tabulated(
        (2, 3, 4, 5), lambda i, h, r, s: total(6, lambda q: b.mul(b.at(X, i, h, r, q), b.at(W, i, h, s, q)))
    )
    x, w = normal(2, 3, 4, 6), normal(2, 3, 5, 6)
    check(batched, {"x": x, "w": w}, x @ w.swapaxes(2, 3))
    three = tabulated(
        (4,),
        lambda i: total(6, lambda q: total(5, lambda r: b.mul(b.mul(b.at(A, i, q), b.at(Y, q, r)), b.at(A, r, q)))),
    )
    a, y = normal(6, 6), normal(6, 5)
    check(three, {"a": a, "y": y}, np.einsum("iq,qr,rq->i", a[:4], y, a[:5]))


def test_integer_products_are_exact() -> None:
    p, q = tensor("p", 2, bits(8)), tensor("q", 2, bits(8))
    left, right = rng.integers(-128, 128, (5, 90)).astype(np.int8), rng.integers(0, 256, (90, 4)).astype(np.uint8)

    def product(wide: BitsSort) -> Term:
        def element(i: Term, j: Term) -> Term:
            return total(90, lambda k: b.mul(b.cast(b.at(p, i, k), wide), b.zero_extend(b.at(q, k, j), wide)))

        return tabulated((5, 4), element)

    for width in (16, 32, 64):
        dtype = np.dtype(f"i{width // 8}")
        check(product(bits(width)), {"p": left, "q": right}, left.astype(dtype) @ right.astype(dtype), 0)


def test_half_precision_product() -> None:
    h = tensor("h", 2, BFLOAT16)
    data = normal(9, 9).astype(ml_dtypes.bfloat16)
    t = tabulated((9, 9), lambda i, j: total(9, lambda k: b.mul(b.at(h, i, k), b.at(h, k, j))))
    wide = data.astype(np.float32)
    check(t, {"h": data}, (wide @ wide).astype(ml_dtypes.bfloat16), 2.0**-7)


@pytest.mark.parametrize(
    ("shape", "filters", "size", "stride", "padding", "dilation", "groups"),
    [
        ((2, 4, 9, 7), 6, (3, 2), 2, 1, 2, 2),
        ((1, 3, 8, 8), 5, (3, 3), 1, 1, 1, 1),
        ((2, 6, 6, 6), 6, (3, 3), 1, 1, 1, 6),
        ((2, 3, 5, 5), 4, (1, 1), 1, 0, 1, 1),
        ((1, 2, 1, 11), 3, (1, 4), 3, 0, 2, 1),
        ((3, 2, 1, 50), 4, (1, 5), 1, 0, 1, 1),
    ],
)
@pytest.mark.parametrize("outside", [False, True])
def test_convolutions(
    shape: tuple[int, ...],
    filters: int,
    size: tuple[int, int],
    stride: int,
    padding: int,
    dilation: int,
    groups: int,
    outside: bool,
) -> None:
    n, channels, *extents = shape
    outs = [(e + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for e, k in zip(extents, size, strict=True)]
    each, made = channels // groups, filters // groups

    def element(i: Term, m: Term, *at: Term) -> Term:
        def product(q: Term, *ks: Term) -> Term:
            places = [
                b.sub(b.add(b.mul(o, c(stride)), b.mul(k, c(dilation))), c(padding))
                for o, k in zip(at, ks, strict=True)
            ]
            channel = b.add(b.mul(b.idiv(m, c(made)), c(each)), q)
            inside = b.conj(*[b.conj(b.le(b.ZERO, p), b.lt(p, c(e))) for p, e in zip(places, extents, strict=True)])
            read, weight = b.at(X, i, channel, *places), b.at(W, m, q, *ks)
            if outside:
                return b.ite(inside, b.mul(read, weight), f32(0))
            return b.mul(b.ite(inside, read, f32(0)), weight)

        return total(each, lambda q: total(size[0], lambda r: total(size[1], lambda s: product(q, r, s))))

    x, w = normal(*shape), normal(filters, each, *size)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    expected = np.zeros((n, filters, *outs), np.float32)
    for g in range(groups):
        for r in range(size[0]):
            for s in range(size[1]):
                window = padded[
                    :,
                    g * each : (g + 1) * each,
                    r * dilation : r * dilation + stride * (outs[0] - 1) + 1 : stride,
                    s * dilation : s * dilation + stride * (outs[1] - 1) + 1 : stride,
                ]
                chosen = slice(g * made, (g + 1) * made)
                expected[:, chosen] += np.einsum("mq,nqhw->nmhw", w[chosen, :, r, s], window)
    check(tabulated((n, filters, outs[0], outs[1]), element), {"x": x, "w": w}, expected)


def test_softmax_and_layer_normalisation() -> None:
    def softmax(i: Term, j: Term) -> Term:
        def weight(k: Term) -> Term:
            return b.apply("exp", b.sub(b.at(A, i, k), greatest(6, lambda q: b.at(A, i, q))))

        return b.div(weight(j), total(6, weight))

    a = normal(5, 6)
    a[1, 2] = -np.inf
    e = np.exp(a - a.max(1, keepdims=True))
    check(tabulated((5, 6), softmax), {"a": a}, e / e.sum(1, keepdims=True))

    def normalised(i: Term, j: Term) -> Term:
        mean = b.div(total(6, lambda k: b.at(A, i, k)), b.cast(c(6), FLOAT32))

        def square(k: Term) -> Term:
            return b.mul(b.sub(b.at(A, i, k), mean), b.sub(b.at(A, i, k), mean))

        variance = b.div(total(6, square), b.cast(c(6), FLOAT32))
        return b.div(b.sub(b.at(A, i, j), mean), b.sqrt(b.add(variance, f32(1e-5))))

    a = normal(5, 6)
    mean = a.mean(1, keepdims=True)
    expected = (a - mean) / np.sqrt(((a - mean) ** 2).mean(1, keepdims=True) + np.float32(1e-5))
    check(tabulated((5, 6), normalised), {"a": a}, expected)


def test_cumulative_sums_with_infinities() -> None:
    t = tabulated((9, 4), lambda i, j: b.big("sum", b.range_(c(0), b.add(i, c(1))), lambda k: b.at(A, k, j)))
    a = normal(9, 4)
    check(t, {"a": a}, np.cumsum(a, 0))
    wide = tabulated((90, 30), lambda i, j: b.big("sum", b.range_(i, c(90)), lambda k: b.at(A, k, j)))
    a = normal(90, 30)
    a[50, 3], a[60, 4] = np.inf, np.nan
    check(wide, {"a": a}, np.cumsum(a[::-1], 0)[::-1])
    windows = tabulated(
        (5,),
        lambda i: b.big("sum", b.range_(b.mul(i, c(2)), b.add(b.mul(i, c(2)), c(3))), lambda k: b.at(A, k, b.ZERO)),
    )
    check(windows, {"a": a}, np.array([a[2 * i : 2 * i + 3, 0].sum() for i in range(5)], np.float32))
