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
    """A node's id is not its position in the graph, or a reference names a node that does not exist.

    What to do: list the nodes in order, numbered from 0, and refer to no other.
    """


class BadArity(GraphError, code="PB602"):
    """An operator got too few or too many operands, lacks a required one, or a reference asks for an output that is
    not there.

    What to do: give the operands that the operator's documentation lists, in their order, and name one value for each.
    """


class ForwardParent(GraphError, code="PB603"):
    """A node reads a node that comes after it.  Nodes are listed so that every parent comes first.

    What to do: sort the nodes so that every one follows what it reads.
    """


class Cycle(GraphError, code="PB604"):
    """Nodes read one another in a circle, so none of them has a value.

    What to do: break the circle; a recurrence is unrolled, or is one operator such as LSTM.
    """


class WrongShape(GraphError, code="PB605"):
    """Operands do not fit one another, or the declared shape of a value is not the one that its operator gives.

    What to do: compare the types of the operands that the message names; sizes agree only if they are the same for all
    values of the symbols, so give equal sizes the same symbol.
    """


class WrongDType(GraphError, code="PB606"):
    """An operator does not take operands of that element type, or the declared type is not the one that it gives.

    What to do: insert a Cast where the types meet, or correct the declaration.
    """


class MissingPayload(GraphError, code="PB607"):
    """A constant or parameter node has no payload in the parameter store.

    What to do: add the array to the parameter store under the constant's name.
    """


class DoublePayload(GraphError, code="PB608"):
    """A payload is given twice, or one is given that no node of the graph asks for.

    What to do: remove one of the payloads, or name the constant that it belongs to.
    """


class BadAttribute(GraphError, code="PB609"):
    """An attribute is missing, unknown, of the wrong type or out of range.

    What to do: correct the attribute; the operator's documentation lists names, types and defaults.
    """


class DuplicateName(GraphError, code="PB610"):
    """Two values of one graph have the same name.

    What to do: rename one of them.
    """


class UnknownName(GraphError, code="PB611"):
    """A name is used that no value of the graph has, or an input or constant has no name.

    What to do: take a name of the graph; its text form lists them.
    """


class UnsupportedOperator(GraphError, code="PB612"):
    """The operator, or this form of it, has no denotation here.  The model is refused; nothing is said about it.

    What to do: export the model with other operators, or write the operator's denotation (docs/adding-an-operator.md).
    """


class NotStatic(GraphError, code="PB613"):
    """An operand that decides shapes (a shape, axes, a trip count) depends on data.

    Only graphs whose structure is fixed up to symbolic sizes have a denotation here.

    What to do: make the operand a constant or an expression of sizes, or give the symbolic sizes a value.
    """


class MalformedModel(GraphError, code="PB614"):
    """The file is no model: truncated, not of the format that it claims, or inconsistent.

    What to do: export the model anew, and check it with the checker of its format.
    """


class UnsafePath(GraphError, code="PB615"):
    """External data lies outside the folder of the model.  Such a file is never opened.

    What to do: put the data beside the model and refer to it by a relative path.
    """


class TooLarge(GraphError, code="PB616"):
    """A size is beyond what is reasonable: no such tensor can be held, so the model is refused.

    What to do: correct the size; if it is meant, make it a symbol.
    """


class BadText(GraphError, code="PB617"):
    """A graph in text form does not parse.

    What to do: correct the text at the line and column that the message gives; docs/graphs.md has the grammar.
    """


class MissingKey(GraphError, code="PB618"):
    """A random operator has no key, or two have the same one.

    What a random node draws is identified by an explicit stable key, never by the number of its node.

    What to do: give every random node an attribute ``key`` of its own.
    """


class WrongPayload(GraphError, code="PB630"):
    """A payload is not the one that the graph was written with: its digest differs.

    The text of a graph names the SHA-256 of element type, shape and elements of every payload.

    What to do: load the arrays that belong to the text, or write the text anew.
    """


class ForeignProperties(GraphError, code="PB631"):
    """Properties of one graph are read for another.

    They are bound to the graph by its digest, which covers nodes, types, names and payloads.

    What to do: compute the properties of this graph, or take the graph that they were exported for.
    """


class BadProperty(GraphError, code="PB632"):
    """A property of a value is malformed: bounds with a NaN or in the wrong order, or a file that is no export.

    What to do: correct the property that the message names; bounds are closed, so a value may equal either.
    """
