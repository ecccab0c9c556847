"""The machine reading on operations that move elements, against plain NumPy."""

from __future__ import annotations

import numpy as np
from test_machine_networks import IDS, A, X, Y, c, check, f32, greatest, normal, rng, tabulated, tensor, total

from probanda.theories.terms import build as b
from probanda.theories.terms.sorts import INT, bits
from probanda.theories.terms.term import Term


def index(i: Term, j: Term) -> Term:
    return b.cast(b.at(IDS, i, j), INT)


def test_heads() -> None:
    """Splitting and merging heads, sharing keys between heads."""
    z = normal(2, 4, 5, 3)
    merged = tabulated((2, 5, 12), lambda i, s, e: b.at(X, i, b.idiv(e, c(3)), s, b.imod(e, c(3))))
    check(merged, {"x": z}, z.transpose(0, 2, 1, 3).reshape(2, 5, 12), 0)
    t = tensor("t", 3)
    scores = tabulated(
        (2, 4, 5, 5),
        lambda i, h, r, s: total(
            3, lambda d: b.mul(b.at(t, i, r, b.add(b.mul(h, c(3)), d)), b.at(X, i, b.idiv(h, c(2)), s, d))
        ),
    )
    q = normal(2, 5, 12)
    keys = np.repeat(z[:, :2], 2, 1)
    check(scores, {"t": q, "x": z}, np.einsum("irhd,ihsd->ihrs", q.reshape(2, 5, 4, 3), keys))


def test_reshaping() -> None:
    a = normal(15, 8)

    def reshaped(rows: int, columns: int) -> Term:
        def body(i: Term, j: Term) -> Term:
            flat = b.add(b.mul(i, c(columns)), j)
            return b.at(A, b.idiv(flat, c(8)), b.imod(flat, c(8)))

        return tabulated((rows, columns), body)

    for rows, columns in ((6, 20), (1, 120), (30, 4), (5, 24)):
        check(reshaped(rows, columns), {"a": a}, a.reshape(rows, columns), 0)
    turned = tabulated((4, 30), lambda i, j: b.at(A, b.idiv(j, c(2)), b.add(b.mul(i, c(2)), b.imod(j, c(2)))))
    check(turned, {"a": a}, a.reshape(15, 4, 2).swapaxes(0, 1).reshape(4, 30), 0)


def test_repeating() -> None:
    u = normal(2, 5)
    upsampled = tabulated((4, 10), lambda i, j: b.at(A, b.idiv(i, c(2)), b.idiv(j, c(2))))
    check(upsampled, {"a": u}, u.repeat(2, 0).repeat(2, 1), 0)
    tiled = tabulated((6, 10), lambda i, j: b.at(A, b.imod(i, c(2)), b.imod(j, c(5))))
    check(tiled, {"a": u}, np.tile(u, (3, 2)), 0)
    reversed_ = tabulated((2, 5), lambda i, j: b.at(A, i, b.sub(c(4), j)))
    check(reversed_, {"a": u}, u[:, ::-1], 0)
    strided = tabulated((2, 2), lambda i, j: b.at(A, i, b.add(b.mul(j, c(3)), c(1))))
    check(strided, {"a": u}, u[:, 1::3], 0)
    diagonal = tabulated((2,), lambda i: b.at(A, i, i))
    check(diagonal, {"a": u}, np.diagonal(u), 0)
    constant = tabulated((3, 4), lambda i, j: f32(2))
    check(constant, {}, np.full((3, 4), 2, np.float32), 0)


def test_joining() -> None:
    v = tensor("v", 2)
    t = tabulated(
        (5, 10),
        lambda i, j: b.ite(
            b.lt(j, c(4)),
            b.at(A, i, j),
            b.ite(b.lt(j, c(7)), b.at(Y, i, b.sub(j, c(4))), b.at(v, i, b.sub(j, c(7)))),
        ),
    )
    parts = [normal(5, 4), normal(5, 3), normal(5, 3)]
    check(t, dict(zip("ayv", parts, strict=True)), np.concatenate(parts, 1), 0)
    whole = tabulated((5, 7), lambda i, j: b.at(b.ite(b.lt(j, c(4)), A, Y), i, b.ite(b.lt(j, c(4)), j, b.sub(j, c(4)))))
    check(whole, {"a": parts[0], "y": parts[1]}, np.concatenate(parts[:2], 1), 0)


def test_padding() -> None:
    a = normal(4, 5)

    def constant(i: Term, j: Term) -> Term:
        r, s = b.sub(i, c(1)), b.sub(j, c(3))
        inside = b.conj(b.le(b.ZERO, r), b.lt(r, c(4)), b.le(b.ZERO, s), b.lt(s, c(5)))
        return b.ite(inside, b.at(A, r, s), f32(2.5))

    check(tabulated((7, 9), constant), {"a": a}, np.pad(a, ((1, 2), (3, 1)), constant_values=2.5), 0)

    def outside(i: Term, j: Term) -> Term:
        s = b.sub(j, c(3))
        return b.ite(b.disj(b.lt(s, b.ZERO), b.le(c(5), s)), f32(2.5), b.at(A, i, s))

    check(tabulated((4, 9), outside), {"a": a}, np.pad(a, ((0, 0), (3, 1)), constant_values=2.5), 0)

    def reflected(i: Term, n: int) -> Term:
        k = b.absolute(b.sub(i, c(2)))
        return b.ite(b.lt(k, c(n)), k, b.sub(c(2 * n - 2), k))

    t = tabulated((8, 9), lambda i, j: b.at(A, reflected(i, 4), reflected(j, 5)))
    check(t, {"a": a}, np.pad(a, 2, mode="reflect"), 0)

    def edge(i: Term, n: int) -> Term:
        return b.maximum(b.ZERO, b.minimum(b.sub(i, c(2)), c(n - 1)))

    check(tabulated((8, 9), lambda i, j: b.at(A, edge(i, 4), edge(j, 5))), {"a": a}, np.pad(a, 2, mode="edge"), 0)
    wrapped = tabulated((4, 11), lambda i, j: b.at(A, i, b.imod(b.sub(j, c(3)), c(5))))
    check(wrapped, {"a": a}, np.pad(a, ((0, 0), (3, 3)), mode="wrap"), 0)


def test_gathering() -> None:
    a, ids = normal(50, 16), rng.integers(0, 50, (4, 7))
    rows = tabulated((4, 7, 16), lambda i, j, d: b.at(A, index(i, j), d))
    check(rows, {"a": a, "ids": ids}, a[ids], 0)

    def wrapped(i: Term, j: Term) -> Term:
        k = index(i, j)
        return b.ite(b.lt(k, b.ZERO), b.add(k, c(50)), k)

    negative = tabulated((4, 7, 16), lambda i, j, d: b.at(A, wrapped(i, j), d))
    check(negative, {"a": a, "ids": ids - 50}, a[ids], 0)
    along = rng.integers(0, 16, (50, 3))
    t = tabulated((50, 3), lambda i, j: b.at(A, i, index(i, j)))
    check(t, {"a": a, "ids": along}, np.take_along_axis(a, along, 1), 0)
    both = tabulated((4, 7), lambda i, j: b.at(A, index(i, j), b.imod(index(i, j), c(16))))
    check(both, {"a": a, "ids": ids}, a[ids, ids % 16], 0)
    one_hot = tabulated((4, 7, 50), lambda i, j, d: b.ite(b.eq(d, index(i, j)), f32(1), f32(0)))
    check(one_hot, {"ids": ids}, np.eye(50, dtype=np.float32)[ids], 0)
    sums = b.lam(b.below(c(50)), lambda i: total(16, lambda k: b.at(A, i, k)))
    table = tabulated((4, 30), lambda i, j: b.let(sums, lambda s: b.at(s, b.imod(b.mul(index(i, b.ZERO), j), c(50)))))
    check(table, {"a": a, "ids": ids}, a.sum(1)[ids[:, :1] * np.arange(30) % 50])


def test_ranking() -> None:
    a = normal(6, 9)
    a[2, 3] = a[2, 7] = 9.0

    def argmax(i: Term) -> Term:
        top = greatest(9, lambda k: b.at(A, i, k))
        first = b.big("bigmin", b.below(c(9)), lambda k: k, lambda k: b.program_eq(b.at(A, i, k), top))
        return b.cast(first, bits(64))

    check(tabulated((6,), argmax), {"a": a}, a.argmax(1), 0)

    def ranked(i: Term, r: Term) -> Term:
        def before(k: Term, m: Term) -> Term:
            tie = b.conj(b.program_eq(b.at(A, i, k), b.at(A, i, m)), b.lt(m, k))
            return b.disj(b.lt(b.at(A, i, k), b.at(A, i, m)), tie)

        def rank(k: Term) -> Term:
            return b.big("count", b.below(c(9)), lambda m: before(k, m))

        return b.big("sum", b.below(c(9)), lambda k: b.at(A, i, k), lambda k: b.eq(rank(k), r))

    check(tabulated((6, 4), ranked), {"a": a}, -np.sort(-a, 1)[:, :4], 0)


def test_pooling() -> None:
    x = normal(1, 3, 8, 8)
    lowest = b.float_bits(0xFF800000, f32(0).sort)  # type: ignore[arg-type]

    def element(n: Term, q: Term, *at: Term) -> Term:
        def read(*ks: Term) -> Term:
            places = [b.sub(b.add(b.mul(o, c(2)), k), c(1)) for o, k in zip(at, ks, strict=True)]
            inside = b.conj(*[b.conj(b.le(b.ZERO, p), b.lt(p, c(8))) for p in places])
            return b.ite(inside, b.at(X, n, q, *places), lowest)

        return greatest(3, lambda r: greatest(3, lambda s: read(r, s)))

    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    check(tabulated((1, 3, 4, 4), element), {"x": x}, windows.max((-1, -2)), 0)
