"""Text as graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..errors import BadText, WrongPayload
from ..graph import CONST, Graph, Node, Ref
from ..operators import Attr
from ..params import ParamStore
from ..types import TensorType
from .values import Values
from .words import ELEMENTS, Token, tokens


def read(text: str, params: ParamStore | None = None, file: str = "<graph>") -> Graph:
    """The graph in a text; sizes are brought to normal form, nothing else is checked.

    Raises BadText with line and column.  If ``params`` are given, the payload of every constant whose digest is in the
    text must be there (MissingPayload) and have that digest (WrongPayload).
    """
    reader = _Reader(file)
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(_Line(line, number, file, reader.symbols))
    graph = reader.graph()
    if params is not None:
        for key, digest in reader.digests.items():
            found = params[key].sha256
            if found != digest:
                raise WrongPayload(f"the payload of {key} has the digest {found}, not {digest}", file)
    return graph


class _Line(Values):
    """A line, read from left to right."""

    def __init__(self, line: str, number: int, file: str, symbols: Mapping[str, Term]) -> None:
        super().__init__(tokens(line), symbols)
        self.number = number
        self.file = file

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        at = self.here if token is None else token
        raise BadText(message, f"{self.file}:{self.number}:{at.column}")

    def type(self) -> TensorType:
        """An element type and a shape."""
        at = self.here
        dtype = ELEMENTS.get(self.name("an element type"))
        if dtype is None:
            self.fail(f"{at.text} is no element type", at)
        self.sign("[")
        sizes: list[Term] = []
        while self.here.text != "]":
            at = self.here
            value = self.value()
            size = b.integer(value) if isinstance(value, int) and not isinstance(value, bool) else value
            if not isinstance(size, Term):
                self.fail("this is no size", at)
            sizes.append(size)
            if not self.take(","):
                break
        self.sign("]")
        return TensorType(dtype, tuple(sizes))

    def ref(self) -> Ref:
        """``%3`` or ``%3.1``."""
        if self.here.kind != "ref":
            self.fail("a value must stand here, such as %3")
        node, _, output = self.next().text[1:].partition(".")
        return Ref(int(node), int(output or 0))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.name: str | None = None
        self.symbols: dict[str, Term] = {}
        self.nodes: list[Node] = []
        self.outputs: list[tuple[str, Ref]] = []
        self.digests: dict[str, str] = {}
        self.last = 0

    def line(self, line: _Line) -> None:
        self.last = line.number
        first = line.here
        if first.kind == "end":
            return
        if (self.name is None) != (first.text == "graph"):
            line.fail("a text begins with one line `graph NAME`")
        if first.kind == "ref":
            self._node(line)
        elif first.text == "graph":
            line.next()
            self.name = line.name("a name")
        elif first.text == "symbols":
            line.next()
            self._symbols(line)
        elif first.text == "output":
            line.next()
            key = line.name("a name")
            line.sign("=")
            self.outputs.append((key, line.ref()))
        else:
            line.fail("a line begins with `symbols`, a node's number such as %3, or `output`")
        if line.here.kind != "end":
            line.fail(f"{line.here.text} cannot stand here")

    def graph(self) -> Graph:
        if self.name is None:
            raise BadText("the text is empty", f"{self.file}:{self.last}:1")
        return Graph(self.name, tuple(self.nodes), tuple(self.outputs))

    def _symbols(self, line: _Line) -> None:
        while True:
            at = line.here
            symbol = line.name("a symbol")
            if symbol in self.symbols:
                line.fail(f"symbol {symbol} is declared twice", at)
            self.symbols[symbol] = dims.size(symbol)
            if not line.take(","):
                return

    def _node(self, line: _Line) -> None:
        number = line.here
        id_ = line.ref()
        if "." in number.text:
            line.fail("a node has a whole number", number)
        names: list[str] = []
        while line.here.text != "=":
            names.append(line.name("a name or ="))
            if not line.take(","):
                break
        line.sign("=")
        op = line.name("an operator")
        parents = self._parents(line) if line.take("(") else ()
        attrs = self._attributes(line) if line.take("{") else {}
        types: list[TensorType] = []
        if line.take(":"):
            types.append(line.type())
            while line.take(","):
                types.append(line.type())
        node = Node(id_.node, op, parents, attrs, tuple(types), tuple(names) or ("",) * len(types))
        if len(node.names) != len(types):
            line.fail(f"{len(names)} names for {len(types)} values", number)
        if line.here.kind == "digest":
            if op != CONST or len(names) != 1 or names[0] in self.digests:
                line.fail("only a named constant has a digest, and only one")
            self.digests[names[0]] = line.next().text.partition(":")[2]
        self.nodes.append(node)

    def _parents(self, line: _Line) -> tuple[Ref | None, ...]:
        out: list[Ref | None] = []
        while line.here.text != ")":
            out.append(None if line.take("_") else line.ref())
            if not line.take(","):
                break
        line.sign(")")
        return tuple(out)

    def _attributes(self, line: _Line) -> dict[str, Attr]:
        out: dict[str, Attr] = {}
        while line.here.text != "}":
            at = line.here
            key = line.name("an attribute")
            if key in out:
                line.fail(f"attribute {key} is given twice", at)
            line.sign("=")
            out[key] = line.value()
            if not line.take(","):
                break
        line.sign("}")
        return out
