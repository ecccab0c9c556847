"""Ground terms as an SMT-LIB 2.6 script.

Terms are directed acyclic graphs; the text keeps their sharing.  A subterm used more than once becomes a ``let`` of the
assertion that uses it, or a ``define-fun`` when several assertions do.  Long subterms are cut the same way, so that no
parenthesis nests deeper than a line of text, and the cost is linear in the number of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...theories.errors import Unsupported
from ...theories.terms.build import bit_vector, float_bits, rational
from ...theories.terms.sorts import BOOL, INT, REAL, BitsSort, FloatSort, FnSort, Sort, uncurry
from ...theories.terms.term import Term
from .heads import head
from .literals import round_nearest_even
from .logics import logic_name
from .signature import RingAs, Signature
from .symbols import bare, symbol

_CUT = 300  # characters of an unshared subterm; beyond, it gets a name
_SEVERAL = -1  # the owner of a subterm that several assertions use


class Script(NamedTuple):
    """A script: its text, and what a driver needs to run it and to read the answer."""

    text: str
    logic: str
    sorts: tuple[Sort, ...]
    """The sorts of the wanted values, in the order of the ``get-value`` command; of a ring, what it is read as."""
    names: Mapping[str, str]
    """The given names of the assertions, by their symbols in the text (unquoted, as in an unsat core)."""
    formats: frozenset[FloatSort]
    """The float formats that occur; some solvers have only the common ones."""


def script(
    assertions: Sequence[tuple[str, Term]],
    wants: Sequence[Term] = (),
    cores: bool = False,
    ring_as: RingAs = "Int",
) -> Script:
    """The script that asserts every named term, and asks for the values of ``wants`` or for an unsat core.

    Terms must be ground: no binder, ``let``, ``require``, tuple or extended real; variables of function sort fully
    applied.  Elements of a ring are read as ``ring_as`` says.  Raises Unsupported otherwise.  The text depends on
    nothing but the arguments: fresh variables (``x!17``) are renumbered.
    """
    signature = Signature(ring_as)
    names: dict[str, str] = {}
    lines: list[str] = []
    for (label, t), (definitions, text) in zip(assertions, _texts([t for _, t in assertions], signature), strict=True):
        if t.sort is not BOOL:
            raise Unsupported(f"an assertion of sort {t.sort.text}")
        name = symbol("!", label)
        if bare(name) in names:
            raise ValueError(f"two assertions are named {label}")
        names[bare(name)] = label
        lines += [*definitions, f"(assert (! {text} :named {name}))"]
    asked = [text for t in wants for _, text in _texts([t], signature)]
    sorts = tuple([signature.read_as(t.sort) for t in wants])
    logic = logic_name(signature.features)
    head_lines = ["(set-option :produce-models true)"] if wants else []
    head_lines += ["(set-option :produce-unsat-cores true)"] if cores else []
    head_lines += [f"(set-logic {logic})", *signature.sort_lines, *signature.lines]
    lines.append("(check-sat)")
    lines += [f"(get-value ({' '.join(asked)}))"] if asked else []
    lines += ["(get-unsat-core)"] if cores else []
    return Script("\n".join([*head_lines, *lines, ""]), logic, sorts, names, frozenset(signature.formats))


def _texts(roots: Sequence[Term], signature: Signature) -> Iterator[tuple[list[str], str]]:
    """For each root the ``define-fun`` lines that go before it, and its text."""
    order, uses, ends = _postorder(roots)
    owners = _owners(roots, order) if len(roots) > 1 else {}
    writer = _Writer(signature)
    text = writer.text
    start = 0
    for root, end in zip(roots, ends, strict=True):
        definitions: list[str] = []
        lets: list[str] = []
        for t in order[start:end]:
            s = writer.write(t)
            if s[0] == "(" and t.args and (uses[t] > 1 or (len(s) > _CUT and t is not root)):
                name = signature.fresh_name()
                if owners and owners[t] == _SEVERAL:
                    definitions.append(f"(define-fun {name} () {signature.sort(t.sort)} {s})")
                else:
                    lets.append(f"(let (({name} {s})) ")
                s = name
            text[t] = s
        start = end
        yield definitions, f"{''.join(lets)}{text[root]}{')' * len(lets)}"


def _postorder(roots: Sequence[Term]) -> tuple[list[Term], dict[Term, int], list[int]]:
    """Arguments before operations, how often each is used, and where in the order each root ends."""
    uses: dict[Term, int] = {}
    order: list[Term] = []
    ends: list[int] = []
    stack: list[Term | None] = []
    for root in roots:
        stack.append(root)
        while stack:
            t = stack.pop()
            if t is None:
                t = stack.pop()
                assert t is not None
                order.append(t)
            elif t in uses:
                uses[t] += 1
            else:
                uses[t] = 1
                args = _operands(t)
                if args:
                    stack += (t, None)
                    stack += args[::-1]
                else:
                    order.append(t)
        ends.append(len(order))
    return order, uses, ends


def _operands(t: Term) -> tuple[Term, ...]:
    """The arguments that are printed: of a curried application the indices, of a folded cast nothing."""
    if t.op != "at":
        return t.args if t.op != "cast" or _folded(t) is None else ()
    indices: list[Term] = []
    while t.op == "at":
        indices.append(t.args[1])
        t = t.args[0]
    return tuple(indices[::-1])


def _owners(roots: Sequence[Term], order: Sequence[Term]) -> dict[Term, int]:
    """The position of the root that a node belongs to, ``_SEVERAL`` for more than one."""
    owners: dict[Term, int] = {}
    for k, root in enumerate(roots):
        owners[root] = _SEVERAL if root in owners else k
    for t in reversed(order):
        owner = owners[t]
        for a in _operands(t):
            if owners.setdefault(a, owner) != owner:
                owners[a] = _SEVERAL
    return owners


class _Writer:
    """Writes one node, given the text of its operands."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.text: dict[Term, str] = {}
        self.heads: dict[tuple[object, ...], str] = {}

    def write(self, t: Term) -> str:
        """The text of ``t``."""
        op, args = t.op, t.args
        if not args:
            return self.atom(t)
        if op in _SPECIAL:
            s = _SPECIAL[op](self, t)
            if s is not None:
                return s
        key = (op, t.sort, args[-1].sort, t.data)
        h = self.heads.get(key)
        if h is None:
            h = self.heads[key] = head(t, self.signature)
        text = self.text
        if len(args) == 2:
            return f"({h} {text[args[0]]} {text[args[1]]})"
        if not h:
            return text[args[0]]
        return f"({h} {' '.join([text[a] for a in args])})"

    def atom(self, t: Term) -> str:
        """A variable, a literal or an empty connective."""
        if t.op == "var":
            if isinstance(t.sort, FnSort):
                raise Unsupported(f"the function {t.name} as a value")
            return self.signature.variable(t, (), t.sort)
        if t.op == "lit":
            return self.signature.literal(t)
        if t.op in ("and", "or"):
            return "true" if t.op == "and" else "false"
        raise Unsupported(f"{t.op} in a ground term")

    def application(self, t: Term) -> str:
        """A variable of function sort, applied to all its arguments."""
        f = t
        while f.op == "at":
            f = f.args[0]
        sorts, result = uncurry(f.sort)
        operands = _operands(t)
        if f.op != "var" or len(sorts) != len(operands):
            raise Unsupported(f"reading a {f.op} at {len(operands)} of its {len(sorts)} arguments")
        return f"({self.signature.variable(f, sorts, result)} {' '.join([self.text[a] for a in operands])})"

    def cast(self, t: Term) -> str | None:
        """A cast of a literal as a literal."""
        value = _folded(t)
        return None if value is None else self.signature.literal(value)

    def product(self, t: Term) -> str | None:
        """Notes products and quotients of variables; division by a positive literal is SMT-LIB's own."""
        if self.signature.kind(t.sort) in ("int", "real") and not _is_linear(t):
            self.signature.features.add("nonlinear")
        if t.op in ("idiv", "imod"):
            divisor = t.args[1]
            if divisor.op == "lit" and isinstance(divisor.data, int) and divisor.data > 0:
                return f"({t.op[1:]} {self.text[t.args[0]]} {self.text[divisor]})"
        return None

    def connective(self, t: Term) -> str | None:
        """A conjunction or disjunction of one."""
        return self.text[t.args[0]] if len(t.args) == 1 else None


def _folded(t: Term) -> Term | None:
    """The literal that the cast of a number literal is, exactly; None for other casts."""
    argument, to = t.args[0], t.sort
    value = argument.data
    if argument.op != "lit" or not isinstance(value, int | Fraction) or argument.sort not in (INT, REAL):
        return None
    if isinstance(to, FloatSort):
        return float_bits(round_nearest_even(Fraction(value), to), to)
    if isinstance(to, BitsSort) and isinstance(value, int):
        return bit_vector(value, to)
    return rational(value) if to is REAL else None


def _is_linear(t: Term) -> bool:
    if t.op == "mul":
        return any(_is_constant(a) for a in t.args)
    if t.op == "pow":
        return t.data in (0, 1) or t.args[0].op == "lit"
    return t.args[1].op == "lit" and bool(t.args[1].data)  # a quotient; one by zero is a symbol's value


def _is_constant(t: Term) -> bool:
    """Whether ``t`` prints as a number; ``(- (- 3))`` is none to z3."""
    if t.op == "neg" and t.args[0].op == "lit":
        value = t.args[0].data
        return isinstance(value, int | Fraction) and value >= 0
    return t.op == "lit" or (t.op == "cast" and _folded(t) is not None)


_SPECIAL: dict[str, Callable[[_Writer, Term], str | None]] = {
    "at": _Writer.application,
    "cast": _Writer.cast,
    "and": _Writer.connective,
    "or": _Writer.connective,
    **dict.fromkeys(("mul", "div", "idiv", "imod", "pow"), _Writer.product),
}
