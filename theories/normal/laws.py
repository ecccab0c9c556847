"""The laws of big operators that normal forms and encodings use, as data for the ledger.

A law holds in one of these classes of values: ``ring`` (every commutative ring, so integers, reals and machine integers
too), ``ordered`` (integers and reals), ``int``, ``any``.  A law with a condition is used as ``condition implies equation``.
Ranges are over the integers; an empty range is one with ``hi <= lo``, and its sum is 0.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Law(NamedTuple):
    """A law: its name, its statement, the class of values in which it holds, and whether it has a condition."""

    name: str
    statement: str
    holds_in: str
    conditional: bool


def _laws(holds_in: str, conditional: bool, **statements: str) -> list[Law]:
    return [Law(name, text, holds_in, conditional) for name, text in statements.items()]


_ALL: Final = [
    *_laws(
        "ring",
        False,
        sum_filter="sum (k in D | p(k)) f(k) = sum (k in D) (if p(k) then f(k) else 0)",
        sum_add="sum (k in D) (f(k) + g(k)) = sum (k in D) f(k) + sum (k in D) g(k)",
        sum_distrib="sum (k in D) (c * f(k)) = c * sum (k in D) f(k), for c free of k",
        sum_fubini="sum (k in D) sum (m in E) f(k, m) = sum (m in E) sum (k in D) f(k, m), for E free of k, D of m; "
        "(sum (k in D) f(k)) * (sum (m in E) g(m)) = sum (k in D) sum (m in E) f(k) * g(m)",
        sum_shift="sum (k in lo..hi) f(k) = sum (k in 0..hi - lo) f(k + lo)",
        sum_reverse="sum (k in 0..n) f(k) = sum (k in 0..n) f(n - 1 - k)",
        sum_const="sum (k in 0..n) 1 = max(n, 0)",
        prod_shift="prod (k in lo..hi) f(k) = prod (k in 0..hi - lo) f(k + lo)",
        prod_reverse="prod (k in 0..n) f(k) = prod (k in 0..n) f(n - 1 - k)",
    ),
    *_laws(
        "int",
        False,
        sum_count="count (k in D) p(k) = sum (k in D) (if p(k) then 1 else 0)",
    ),
    *_laws(
        "any",
        False,
        max_shift="max (k in lo..hi) f(k) = max (k in 0..hi - lo) f(k + lo), and so for min",
    ),
    *_laws(
        "ordered",
        False,
        max_reverse="max (k in 0..n) f(k) = max (k in 0..n) f(n - 1 - k), and so for min",
        max_upper="f(k) <= max (k in D) f(k), for every k in D",
        min_upper="min (k in D) f(k) <= f(k), for every k in D",
    ),
    *_laws(
        "ring",
        True,
        sum_empty="hi <= lo implies sum (k in lo..hi) f(k) = 0",
        sum_one="hi = lo + 1 implies sum (k in lo..hi) f(k) = f(lo)",
        sum_step="lo <= h implies sum (k in lo..h + 1) f(k) = sum (k in lo..h) f(k) + f(h)",
        sum_split="lo <= t <= hi implies sum (k in lo..hi) f(k) = sum (k in lo..t) f(k) + sum (k in t..hi) f(k); "
        "below t the guards k < t hold, from t on they do not; so all along if hi <= t or t <= lo",
        sum_zero="(forall (k in D) f(k) = 0) implies sum (k in D) f(k) = 0",
        sum_delta="sum (k in lo..hi) (if k = t then f(k) else 0) = (if lo <= t < hi then f(t) else 0), for t free of k",
        sum_ext="D = E and (forall (k in D) f(k) = g(k)) implies sum (k in D) f(k) = sum (k in E) g(k)",
        prod_empty="hi <= lo implies prod (k in lo..hi) f(k) = 1",
        prod_step="lo < hi implies prod (k in lo..hi) f(k) = prod (k in lo..hi - 1) f(k) * f(hi - 1)",
        prod_ext="D = E and (forall (k in D) f(k) = g(k)) implies prod (k in D) f(k) = prod (k in E) g(k)",
    ),
    *_laws(
        "int",
        True,
        count_ext="D = E and (forall (k in D) p(k) iff q(k)) implies count (k in D) p(k) = count (k in E) q(k)",
    ),
    *_laws(
        "ordered",
        True,
        sum_nonneg="(forall (k in D) 0 <= f(k)) implies 0 <= sum (k in D) f(k)",
        sum_pos="(forall (k in D) 0 <= f(k)) and (exists (k in D) 0 < f(k)) implies 0 < sum (k in D) f(k)",
        sum_member="(forall (k in D) 0 <= f(k)) implies (forall (k in D) f(k) <= sum (k in D) f(k))",
        max_attained="(exists (k in D) true) implies (exists (k in D) f(k) = max (k in D) f(k))",
        min_attained="(exists (k in D) true) implies (exists (k in D) f(k) = min (k in D) f(k))",
        max_ext="D = E and (forall (k in D) f(k) = g(k)) implies max (k in D) f(k) = max (k in E) g(k)",
        min_ext="D = E and (forall (k in D) f(k) = g(k)) implies min (k in D) f(k) = min (k in E) g(k)",
    ),
]
LAWS: Final = {law.name: law for law in _ALL}
"""The laws by name."""
