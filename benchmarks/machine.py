"""What the machine reading costs: terms on native arrays, relative to the same computation written in NumPy.

Prints the ratio of times (best of several) for each operation, and of planning a small operation to the millisecond;
exits with 1 if a ratio is above its target.  Run it with ``python benchmarks/machine.py``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probanda.encoders.arrays.machine import kernel
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import FLOAT32, INT, fn_sort
from probanda.theories.terms.term import Term

Array = NDArray[Any]
c = b.integer
TARGET = 3.0
A, Y = var("a", fn_sort([INT, INT], FLOAT32)), var("y", fn_sort([INT, INT], FLOAT32))
X, W = var("x", fn_sort([INT] * 4, FLOAT32)), var("w", fn_sort([INT] * 4, FLOAT32))
ZERO = b.float_bits(0, FLOAT32)


def big(op: str, n: int, body: Callable[[Term], Term]) -> Term:
    return b.big(op, b.below(c(n)), body)


def table(n: int, m: int, body: Callable[[Term, Term], Term]) -> Term:
    return b.lam(b.below(c(n)), lambda i: b.lam(b.below(c(m)), lambda j: body(i, j)))


def f32(value: float) -> Term:
    return b.float_bits(int(np.float32(value).view(np.uint32)), FLOAT32)


def product(n: int) -> Term:
    return table(n, n, lambda i, j: big("sum", n, lambda k: b.mul(b.at(A, i, k), b.at(Y, k, j))))


def softmax(n: int, m: int) -> Term:
    def weight(i: Term, k: Term) -> Term:
        return b.apply("exp", b.sub(b.at(A, i, k), big("bigmax", m, lambda q: b.at(A, i, q))))

    return table(n, m, lambda i, j: b.div(weight(i, j), big("sum", m, lambda k: weight(i, k))))


def numpy_softmax(a: Array) -> Array:
    e = np.exp(a - a.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def layer_norm(n: int, m: int) -> Term:
    count = b.cast(c(m), FLOAT32)

    def element(i: Term, j: Term) -> Term:
        mean = b.div(big("sum", m, lambda k: b.at(A, i, k)), count)

        def square(k: Term) -> Term:
            return b.mul(b.sub(b.at(A, i, k), mean), b.sub(b.at(A, i, k), mean))

        variance = b.div(big("sum", m, square), count)
        return b.div(b.sub(b.at(A, i, j), mean), b.sqrt(b.add(variance, f32(1e-5))))

    return table(n, m, element)


def numpy_layer_norm(a: Array) -> Array:
    centred = a - a.mean(1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(1, keepdims=True) + np.float32(1e-5))


def convolution(channels: int, size: int) -> Term:
    """3 x 3, padding 1, as many filters as channels."""

    def element(m: Term, i: Term, j: Term) -> Term:
        def read(q: Term, r: Term, s: Term) -> Term:
            p, t = b.sub(b.add(i, r), c(1)), b.sub(b.add(j, s), c(1))
            inside = b.conj(b.le(c(0), p), b.lt(p, c(size)), b.le(c(0), t), b.lt(t, c(size)))
            return b.mul(b.ite(inside, b.at(X, c(0), q, p, t), ZERO), b.at(W, m, q, r, s))

        return big("sum", channels, lambda q: big("sum", 3, lambda r: big("sum", 3, lambda s: read(q, r, s))))

    return b.lam(b.below(c(channels)), lambda m: table(size, size, lambda i, j: element(m, i, j)))


def numpy_convolution(x: Array, w: Array) -> Array:
    padded = np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    columns = windows.transpose(0, 3, 4, 1, 2).reshape(w[0].size, -1)
    return (w.reshape(len(w), -1) @ columns).reshape(len(w), *windows.shape[1:3])


def best(run: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(15):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> Array:
        return rng.standard_normal(shape, dtype=np.float32)

    a, y, x, w = normal(512, 512), normal(512, 512), normal(1, 64, 56, 56), normal(64, 64, 3, 3)
    rows: list[tuple[str, Term, Mapping[str, Array], Callable[[], Array]]] = [
        ("matrix product 512", product(512), {"a": a, "y": y}, lambda: a @ y),
        ("convolution 64 x 56 x 56, 3 x 3", convolution(64, 56), {"x": x, "w": w}, lambda: numpy_convolution(x, w)),
        ("softmax 512 x 512", softmax(512, 512), {"a": a}, lambda: numpy_softmax(a)),
        ("layer normalisation 512 x 512", layer_norm(512, 512), {"a": a}, lambda: numpy_layer_norm(a)),
    ]
    missed = False
    print(f"{'':36}{'time / NumPy':>14}{'target':>10}")
    for name, term, arrays, plain in rows:
        k = kernel([term])
        np.testing.assert_allclose(k(arrays, {})[0], plain(), rtol=1e-3, atol=1e-3)
        ratio = best(lambda k=k, arrays=arrays: k(arrays, {})) / best(plain)
        missed |= ratio > TARGET
        print(f"{name:36}{ratio:14.2f}{TARGET:10.1f}")
    small = softmax(2, 3)
    planning = best(lambda: kernel([small])({"a": a[:2, :3]}, {})) / 1e-3
    running = kernel([small])
    overhead = best(lambda: running({"a": a[:2, :3]}, {})) / 1e-4
    for name, ratio in (("planning a small softmax / 1 ms", planning), ("running it / 0.1 ms", overhead)):
        missed |= ratio > TARGET
        print(f"{name:36}{ratio:14.2f}{TARGET:10.1f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
