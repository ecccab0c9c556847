"""The text form of graphs: readable, and read back without loss.

A graph is a line for its name, one for its symbols, one for each node, and one for each output.  The payload of a
constant is not in the text; its digest is, when the parameters are at hand.

>>> import numpy as np
>>> from probanda.ir.builder import Builder
>>> from probanda.ir.dtypes import FLOAT
>>> from probanda.ir.types import tensor_type
>>> g = Builder("layer")
>>> x = g.input("x", tensor_type(FLOAT, "batch", 4))
>>> y = g.add("Softmax", g.add("MatMul", x, g.const("w", np.ones((4, 2), np.float32))), name="y", axis=1)
>>> print(write(g.graph(y)), end="")
graph layer
symbols batch
%0 x = Input : float32[batch, 4]
%1 w = Const : float32[4, 2]
%2 matmul = MatMul(%0, %1) : float32[batch, 2]
%3 y = Softmax(%2) {axis = 1} : float32[batch, 2]
output y = %3
>>> read(write(g.graph(y))) == g.graph(y)
True
"""

from __future__ import annotations

from .files import load, save
from .reader import read
from .writer import graph_digest, write

__all__ = ["graph_digest", "load", "read", "save", "write"]
