"""The error function on arrays: fdlibm's rational approximations (Sun Microsystems, 1993, ``s_erf.c``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_BLOCK = 1 << 15
"""Elements that are worked on at a time: they fit in the cache."""
_ERX = 8.45062911510467529297e-01  # erf(1), rounded to float32
# fmt: off
_PP = (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
       -5.77027029648944159157e-03, -2.37630166566501626084e-05)
_QQ = (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
       1.32494738004321644526e-04, -3.96022827877536812320e-06)
_PA = (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
       3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
       -2.16637559486879084300e-03)
_QA = (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
       1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02)
_RA = (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
       -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
       -8.12874355063065934246e+01, -9.81432934416914548592e+00)
_SA = (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
       6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
       6.57024977031928170135e+00, -6.04244152148580987438e-02)
_RB = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
       -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
       -4.83519191608651397019e+02)
_SB = (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
       3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
       -2.24409524465858183362e+01)
# fmt: on


def _horner(x: Array, coefficients: Sequence[float]) -> Array:
    out = np.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        out *= x
        out += x.dtype.type(c)
    return out


def _ratio(x: Array, numerator: Sequence[float], denominator: Sequence[float]) -> Array:
    return _horner(x, numerator) / _horner(x, denominator)


def _tail(a: Array, numerator: Sequence[float], denominator: Sequence[float]) -> Array:
    s = 1.0 / (a * a)
    z = a.astype(np.float32).astype(np.float64)  # exact square
    return 1.0 - np.exp(-z * z - 0.5625) * np.exp((z - a) * (z + a) + _ratio(s, numerator, denominator)) / a


def _wide(x: Array) -> Array:
    """On a flat float64 array."""
    a = np.abs(x)
    out = np.sign(x)
    middle = np.flatnonzero((a >= 0.84375) & (a < 1.25))
    if middle.size:
        out[middle] *= _ERX + _ratio(a[middle] - 1.0, _PA, _QA)
    for low, high, numerator, denominator in ((1.25, 1 / 0.35, _RA, _SA), (1 / 0.35, 6.0, _RB, _SB)):
        here = np.flatnonzero((a >= low) & (a < high))
        if here.size:
            out[here] *= _tail(a[here], numerator, denominator)
    here = np.flatnonzero(a < 0.84375)
    if here.size:
        small = x[here]
        out[here] = small + small * _ratio(small * small, _PP, _QQ)
    return out


def erf(x: Array) -> Array:
    """``erf(x)`` for float32 (within 2 units in the last place) or float64 (a few); NaN gives NaN."""
    flat = np.ascontiguousarray(x).reshape(-1)
    out = np.empty_like(flat)
    work = np.empty((2, min(flat.size, _BLOCK)), np.float32)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if x.dtype == np.float32:
            _narrow(block, out[start : start + _BLOCK], work[:, : block.size])
        else:
            out[start : start + _BLOCK] = _wide(block)
    return out.reshape(np.shape(x))


# -- float32 ---------------------------------------------------------------------------------------------------------

# Minimax fits: erf(x) = x + x * P(x^2) below 0.85, within 4e-10, and 1 - exp(-Q(|x|)) from there to 4, within 2e-9;
# from 4 on it rounds to 1.
# fmt: off
_P = (0.12837916669167615, -0.37612634183804594, 0.1128370154827493, -0.026859698232118003, 0.005201705869748831,
      -0.0008149688224656792, 8.397290526172527e-05)
_Q = (9.391388012769397e-05, 1.1281071887125127, 0.6364372536909615, 0.10460099349335651, -0.022556823607594662,
      0.0031277139117634172, -0.00020471957563901556)
# fmt: on
_MEET = 0.85
_LAST = 4.0


def _narrow(x: Array, out: Array, work: Array) -> None:
    """On a flat float32 array, into ``out``: both fits, in float32; signs and choices on the bit patterns.

    ``work`` is room for two arrays.
    """
    raw, result = x.view(np.uint32), out.view(np.uint32)
    pattern = np.bitwise_and(raw, np.uint32(0x7FFFFFFF), out=work[0].view(np.uint32))
    far = np.greater_equal(pattern.view(np.float32), np.float32(_MEET)).view(np.uint8)  # false of NaN
    np.minimum(pattern, np.float32(_LAST).view(np.uint32), out=pattern)
    a = pattern.view(np.float32)
    _polynomial(a, _Q, out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.subtract(np.float32(1.0), out, out=out)
    near = work[1]
    result |= np.bitwise_and(raw, np.uint32(0x80000000), out=near.view(np.uint32))
    np.multiply(a, a, out=a)
    _polynomial(a, _P, near)
    near *= x
    near += x
    chosen = pattern
    np.copyto(chosen, far)
    np.negative(chosen, out=chosen)
    other = near.view(np.uint32)
    result ^= other
    result &= chosen
    result ^= other


def _polynomial(x: Array, coefficients: Sequence[float], out: Array) -> None:
    np.multiply(x, np.float32(coefficients[-1]), out=out)
    for c in reversed(coefficients[1:-1]):
        out += np.float32(c)
        out *= x
    out += np.float32(coefficients[0])
