"""The syntax tree of contract files.  Every node carries the span of its text; no node knows what a name means."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a file, by character offsets (``end`` is exclusive)."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """Common part of all nodes; spans do not take part in equality."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# -- expressions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Node):
    """``3``, ``0.5``, ``1e-3``, ``0x1p-3``: the text as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name, dots included (``ieee32.add``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Rest(Node):
    """``..`` in an index list: the implicit index of the group.  ``B..`` names the group."""

    group: str | None = None


@dataclass(frozen=True, slots=True)
class Hole(Node):
    """``_`` in an index list: this dimension stays open.  In a calc step: the previous right-hand side."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``f(a, b)``.  ``function`` is a Name for definitions and built-ins, any expression for function values.

    ``bits 8`` as an argument (``cast(x, bits 8)``) is a call of ``bits``.
    """

    function: Expr
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Index(Node):
    """``x[.., i, _]``."""

    tensor: Expr
    indices: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Field(Node):
    """``t.name`` where ``t`` is not a plain name (a dotted name is a :class:`Name` until elaboration)."""

    value: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``op`` is ``-`` or ``not``."""

    op: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``op`` is one of ``+ - * / ^ div mod rem = != =nan= == < <= > >= and or implies iff & | xor << >> >>>``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if c then a else b``."""

    condition: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Let(Node):
    """``let x = value in body``."""

    name: str
    value: Expr
    body: Expr


@dataclass(frozen=True, slots=True)
class TupleExpr(Node):
    """``(a = 1, b = x)``: a tuple with named fields (at least one)."""

    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Binder(Node):
    """One bound variable: ``i < n`` (``lo`` None), ``k in a..b``, ``i : T`` (``type`` set), or ``B..`` (``rest`` set).

    In ``i < n``, an ``n`` that is a size map makes ``i`` an index map of its group.
    """

    name: str
    lo: Expr | None = None
    hi: Expr | None = None
    type: TypeExpr | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """``[i < n, j < d] => body``: the tensor with that element at each index."""

    binders: tuple[Binder, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Big(Node):
    """``op (binders | where) body``; ``op`` is ``sum prod max min count forall exists``."""

    op: str
    binders: tuple[Binder, ...]
    where: Expr | None
    body: Expr


Expr = Number | Name | Rest | Hole | Call | Index | Field | Unary | Binary | If | Let | TupleExpr | Comprehension | Big


# -- types -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BaseType(Node):
    """``real``, ``ereal``, ``int``, ``nat``, ``size``, ``bool``, ``float32`` …, a type variable, ``runtime``, ``axes``."""

    name: str


@dataclass(frozen=True, slots=True)
class BitsType(Node):
    """``bits 8``."""

    width: int


@dataclass(frozen=True, slots=True)
class IndexType(Node):
    """``index n``: the integers (or, for a size map, index maps) below ``n``."""

    size: Expr


@dataclass(frozen=True, slots=True)
class Dimension(Node):
    """One entry between the brackets of a tensor type: ``B..``, ``C : n`` (a group with its size map), or a size."""

    group: str | None
    size: Expr | None


@dataclass(frozen=True, slots=True)
class TensorType(Node):
    """``element[dims]``."""

    element: TypeExpr
    dims: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class FunctionType(Node):
    """``nat -> real[d]``, ``C -> int`` (a map over the axes of a group), ``index n -> index m``."""

    arg: TypeExpr
    res: TypeExpr


@dataclass(frozen=True, slots=True)
class TupleType(Node):
    """``(m : real, l : real)``."""

    fields: tuple[tuple[str, TypeExpr], ...]


TypeExpr = BaseType | BitsType | IndexType | TensorType | FunctionType | TupleType


# -- declarations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Param(Node):
    """``(a b : T)`` or, when ``implicit``, ``{n : size}``; ``(future : i < j)`` has a proposition for a type.

    What looks like a type is one, unless its first name is an earlier parameter that is a value: ``(h : mask[i])``
    (see ``reread.py``).
    """

    names: tuple[str, ...]
    type: TypeExpr | Expr
    implicit: bool
    is_hypothesis: bool = False  # whether ``type`` is an expression


@dataclass(frozen=True, slots=True)
class LemmaUse(Node):
    """``name``, ``name(args)`` or ``name(args) for (k < n)`` in a ``using`` list."""

    name: str
    args: tuple[Expr, ...] | None = None
    binders: tuple[Binder, ...] = ()


@dataclass(frozen=True, slots=True)
class CalcStep(Node):
    """``left rel right using …`` with ``rel`` one of ``= <= <``; ``left`` is a Hole in all steps but the first."""

    left: Expr
    relation: str
    right: Expr
    using: tuple[LemmaUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints(Node):
    """How to prove a claim; all empty means automatically."""

    cases: tuple[Expr, ...] = ()
    induction: str | None = None
    generalizing: tuple[str, ...] = ()
    using: tuple[LemmaUse, ...] = ()
    calc: tuple[CalcStep, ...] = ()


@dataclass(frozen=True, slots=True)
class RewriteStatement(Node):
    """``left => right``."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Use(Node):
    """``use softmax``: a theory file, or a sibling file of this one."""

    name: str


@dataclass(frozen=True, slots=True)
class Def(Node):
    """``def name params : type requires … = body``."""

    name: str
    params: tuple[Param, ...]
    result: TypeExpr
    requires: tuple[Expr, ...]
    body: Expr
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ClaimDecl(Node):
    """``theorem``, ``lemma``, ``refuted`` or ``rewrite``: a statement with its expected verdict.

    ``clauses`` holds the one-line clauses by keyword, as written: ``expect``, ``under`` (flags), ``cites``, ``twin_of``.
    """

    kind: str
    name: str
    params: tuple[Param, ...]
    requires: tuple[Expr, ...]
    statement: Expr | RewriteStatement
    hints: Hints
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class AxiomDecl(Node):
    """``axiom``: clauses ``because``, ``mitigation``, ``falsified_by``, ``discharged_by``, ``auto``."""

    name: str
    params: tuple[Param, ...]
    requires: tuple[Expr, ...]
    statement: Expr
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class BoundaryDecl(Node):
    """``boundary Name (r : runtime) where`` followed by axioms about ``r``, one a line."""

    name: str
    params: tuple[Param, ...]
    axioms: tuple[AxiomDecl, ...]
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class GraphDecl(Node):
    """``graph name = "path" compiled as reading``: a model's graph, or its compiled form, as a function of its inputs.

    ``reading`` is ``real``, ``ereal`` or ``ieee``; ``path_span`` is where the path stands.
    """

    name: str
    path: str
    compiled: bool = False
    reading: str = "real"
    doc: str = ""
    path_span: Span = field(default=NOWHERE, compare=False)


Decl = Use | Def | ClaimDecl | AxiomDecl | BoundaryDecl | GraphDecl


@dataclass(frozen=True, slots=True)
class File(Node):
    """A contract file."""

    path: str
    text: str
    decls: tuple[Decl, ...]
