"""The machine reading: terms on native NumPy arrays, at the speed of NumPy and BLAS.

``kernel(outputs)`` plans once for each combination of sizes and shapes and runs many times.  A term becomes a graph of
arrays over named axes (``compiler``, ``graph``): integers are linear forms of the axes (``linear``), so reads become
views (``reads``), sums of products become matrix products (``contraction``), and conditions on one axis become pieces
(``branches``), and chains of element by element operations run block by block (``blocks``).  Elements have the native
types: floats are NumPy's, sums of floats are taken in any order, reals are float64, whose roundings to integers and
remainders are exact (``rounding``).  Integers never wrap: beyond 64 bits they are Python's (``integers``).
"""

from .kernels import Kernel, Undefined, kernel

__all__ = ["Kernel", "Undefined", "kernel"]
