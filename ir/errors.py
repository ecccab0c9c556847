"""Errors about graphs: a class and a code for every way in which a graph or model can be wrong.

The docstring of a class is its page for ``probanda explain``.
"""

from __future__ import annotations

from typing import ClassVar, Final

GRAPH_CODES: Final[dict[str, type[GraphError]]] = {}
"""Every error class by its code."""


class GraphError(Exception):
    """Something is wrong with a graph.  ``where`` names the node, value or file."""

    code: ClassVar[str] = ""

    def __init_subclass__(cls, code: str) -> None:
        if code in GRAPH_CODES:
            raise TypeError(f"{code} is taken by {GRAPH_CODES[code].__name__}")
        cls.code = code
        GRAPH_CODES[code] = cls

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message, where)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return (
            f"{self.where}: error[{self.code}]: {self.message}" if self.where else f"error[{self.code}]: {self.message}"
        )

    def at(self, where: str) -> GraphError:
        """This error, at ``where`` unless it already has a place."""
        self.where = self.where or where
        return self


class BadNodeId(GraphError, code="PB601"):
    """A node's id is not its position in the graph, or a reference names a node that does not exist."""


class BadArity(GraphError, code="PB602"):
    """An operator got too few or too many operands, lacks a required one, or a reference asks for an output that is not there."""


class ForwardParent(GraphError, code="PB603"):
    """A node reads a node that comes after it.  Nodes are listed so that every parent comes first."""


class Cycle(GraphError, code="PB604"):
    """Nodes read one another in a circle, so none of them has a value."""


class WrongShape(GraphError, code="PB605"):
    """Operands do not fit one another, or the declared shape of a value is not the one that its operator gives."""


class WrongDType(GraphError, code="PB606"):
    """An operator does not take operands of that element type, or the declared type is not the one that it gives."""


class MissingPayload(GraphError, code="PB607"):
    """A constant or parameter node has no payload in the parameter store."""


class DoublePayload(GraphError, code="PB608"):
    """A payload is given twice, or one is given that no node of the graph asks for."""


class BadAttribute(GraphError, code="PB609"):
    """An attribute is missing, unknown, of the wrong type or out of range."""


class DuplicateName(GraphError, code="PB610"):
    """Two values of one graph have the same name."""


class UnknownName(GraphError, code="PB611"):
    """A name is used that no value of the graph has."""


class UnsupportedOperator(GraphError, code="PB612"):
    """The operator, or this form of it, has no denotation here.  The model is refused; nothing is said about it."""


class NotStatic(GraphError, code="PB613"):
    """An operand that decides shapes (a shape, axes, a trip count) depends on data.

    Only graphs whose structure is fixed up to symbolic sizes have a denotation here.
    """


class MalformedModel(GraphError, code="PB614"):
    """The file is no model: truncated, not of the format that it claims, or inconsistent."""


class UnsafePath(GraphError, code="PB615"):
    """External data lies outside the folder of the model.  Such a file is never opened."""


class TooLarge(GraphError, code="PB616"):
    """A size is beyond what is reasonable: no such tensor can be held, so the model is refused."""


class BadText(GraphError, code="PB617"):
    """A graph in text form does not parse."""


class MissingKey(GraphError, code="PB618"):
    """A random operator has no key, or two have the same one.

    What a random node draws is identified by an explicit stable key, never by the number of its node.
    """
