"""Real algebraic numbers: the real roots of an integer polynomial, enclosed by rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

from .sexpr import Sexp

_LARGEST_DEGREE = 1000


def polynomial(e: Sexp) -> list[int] | None:
    """The coefficients, constant first, of z3's ``(+ (* 3 (^ x 2)) (- x) 1)``; None if it is no such text."""
    coefficients: dict[int, int] = {}
    for term in e[1:] if not isinstance(e, str) and e[:1] == ["+"] else [e]:
        monomial = _monomial(term)
        if monomial is None:
            return None
        degree, factor = monomial
        coefficients[degree] = coefficients.get(degree, 0) + factor
    top = max(coefficients, default=0)
    return [coefficients.get(k, 0) for k in range(top + 1)] if top <= _LARGEST_DEGREE else None


def _monomial(e: Sexp, depth: int = 3) -> tuple[int, int] | None:
    """Degree and coefficient."""
    if isinstance(e, str):
        return (0, int(e)) if e.isdecimal() else (1, 1)
    if not depth:
        return None
    match list(e):
        case ["-", inner]:
            monomial = _monomial(inner, depth - 1)
            return None if monomial is None else (monomial[0], -monomial[1])
        case ["^", str(), str(degree)]:
            return int(degree), 1
        case ["*", factor, power]:
            left, right = _monomial(factor, depth - 1), _monomial(power, depth - 1)
            return None if left is None or right is None else (left[0] + right[0], left[1] * right[1])
        case _:
            return None


def real_roots(coefficients: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Disjoint enclosures of the distinct real roots, in ascending order; both ends agree for an exact root."""
    import flint

    # flint has no type stubs; its roots are complex balls whose imaginary part is exactly zero for a real root
    roots: list[tuple[Any, int]] = cast("Any", flint).fmpz_poly(list(coefficients)).complex_roots()
    balls = [root.real for root, _ in roots if root.imag == 0]
    return sorted((_fraction(ball.lower()), _fraction(ball.upper())) for ball in balls)


def _fraction(exact: Any) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
