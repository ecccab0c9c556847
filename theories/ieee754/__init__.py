"""An executable reference for IEEE 754-2019 binary arithmetic, on bit patterns.

``formats``      fields, special values, classification, exact values, rounding of rationals
``reference``    the operations, correctly rounded to nearest, ties to even (MPFR does the arithmetic)
``sampling``     corner values and random operands that find ties, overflow, underflow and cancellation
``conformance``  the reference against a runtime (NumPy, ml_dtypes, the C library), bit for bit

A format is a :class:`~probanda.theories.terms.sorts.FloatSort`: exponent bits, and significand bits with the hidden
one.  There is one NaN, so payloads and the sign of a NaN are no part of the semantics, and neither are the exception
flags.
"""
