"""What names mean at one place of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ....theories.definedness import in_domain
from ....theories.terms.binders import fresh, var
from ....theories.terms.build import Domain
from ....theories.terms.sorts import Sort
from ....theories.terms.term import Term
from .values import Val


@dataclass(frozen=True, slots=True)
class Group:
    """A group of dimensions: an axes group of a claim, or what a definition's group was matched to.

    ``axes`` names the axes group when there is one, so that maps over it make sense.  ``dims`` are the dimensions that
    ``B..`` stands for, ``index`` the current position in them.
    """

    name: str
    axes: str | None
    dims: tuple[Domain, ...] | None
    index: tuple[Term, ...] | None = None
    mixed: bool = False  # tensors over it have different size maps, so ``B..`` means nothing

    def sized(self, domain: Domain) -> Group:
        """The group when a tensor type ``B : n`` gives it the dimension ``domain``: the only one, as far as is known."""
        if self.mixed or self.dims == (domain,):
            return self
        if self.dims is None:
            return replace(self, dims=(domain,))
        return replace(self, dims=None, mixed=True)


@dataclass(slots=True)
class Runtime:
    """The functions of a runtime that were used, and the sorts of those that its boundary tells."""

    name: str
    boundary: str | None = None
    known: Mapping[str, Sort] = field(default_factory=dict[str, Sort])
    functions: dict[str, Sort] = field(default_factory=dict[str, Sort])

    def function(self, name: str) -> Term | None:
        """The function ``name``, if it was used before."""
        sort = self.functions.get(name)
        return None if sort is None else var(f"{self.name}.{name}", sort)


@dataclass(slots=True)
class Batch:
    """The indices of groups over which a whole statement is quantified: what ``..`` means outside a comprehension."""

    rename: str | None = ""  # prefix of the variables' names; None for variables that are closed over later
    used: dict[str, tuple[Group, tuple[Term, ...]]] = field(default_factory=dict[str, tuple[Group, tuple[Term, ...]]])

    def index(self, group: Group) -> tuple[Term, ...]:
        """The index of ``group``, made at its first use."""
        if group.name not in self.used:
            dims = group.dims or ()
            names = [f"{self.rename}{group.name}.index" + (str(k) if k else "") for k in range(len(dims))]
            made = [
                fresh("b", dom.sort) if self.rename is None else var(n, dom.sort)
                for (dom, _), n in zip(dims, names, strict=True)
            ]
            self.used[group.name] = (group, tuple(made))
        return self.used[group.name][1]


@dataclass(frozen=True, slots=True)
class Scope:
    """Local names.  ``known`` are facts that hold here; ``batch`` is None where ``..`` needs a comprehension."""

    values: Mapping[str, Val] = field(default_factory=dict[str, Val])
    groups: Mapping[str, Group] = field(default_factory=dict[str, Group])
    types: Mapping[str, Sort] = field(default_factory=dict[str, Sort])
    runtimes: Mapping[str, Runtime] = field(default_factory=dict[str, Runtime])
    known: frozenset[Term] = frozenset()
    batch: Batch | None = None
    shapes: Mapping[str, tuple[Domain, ...]] = field(default_factory=dict[str, tuple[Domain, ...]])

    def with_value(self, name: str, v: Val) -> Scope:
        """With ``name`` bound to ``v``."""
        values = {**self.values, name: v}
        return Scope(values, self.groups, self.types, self.runtimes, self.known, self.batch, self.shapes)

    def with_group(self, group: Group) -> Scope:
        """With ``group`` added or replaced."""
        return replace(self, groups={**self.groups, group.name: group})

    def knowing(self, facts: Iterable[Term]) -> Scope:
        """With more facts, conjunctions taken apart."""
        new = [f for f in conjuncts(facts) if f.op in _ORDERINGS and f not in self.known]
        if not new:
            return self
        known = self.known.union(new)
        return Scope(self.values, self.groups, self.types, self.runtimes, known, self.batch, self.shapes)

    def inside(self, domain: Domain, x: Term) -> Scope:
        """With ``x`` known to lie in ``domain``."""
        return self.knowing([in_domain(domain, x)])


_ORDERINGS = frozenset({"le", "lt", "forall", "and"})  # the forms of the facts that types of parameters ask for


def conjuncts(facts: Iterable[Term]) -> list[Term]:
    """The facts and their conjuncts."""
    out: list[Term] = []
    for f in facts:
        out.append(f)
        if f.op == "and":
            out.extend(f.args)
    return out
