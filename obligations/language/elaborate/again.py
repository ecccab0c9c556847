"""What a claim says, as a hash, and what it would say if a declaration were changed."""

from __future__ import annotations

import hashlib

from ....theories.terms.build import Domain
from ....theories.terms.term import Term
from ...claims import Claim, Proposition
from ..ast import AxiomDecl, ClaimDecl, Def
from .core import Session, deep_stack
from .loader import auto_lemmas
from .modules import Modules
from .statements import elaborate_claim


def statement_hash(claim: Claim) -> str:
    """A digest of the elaborated statement, its hypotheses and its kind.

    Layout, comments, hints and citations do not matter; a change of a definition that the claim uses does.
    """
    h = hashlib.sha256()

    def text(*parts: str) -> None:
        for p in parts:
            h.update(p.encode() + b"\0")

    def term(t: Term) -> None:
        h.update(t.digest)

    def domains(dims: tuple[Domain, ...]) -> None:
        for dom, args in dims:
            text(dom.kind, dom.sort.text)
            for a in args:
                term(a)

    text(claim.kind, *claim.flags, *claim.readings, *claim.groups)
    if claim.subject:
        text("subject", *claim.subject)
    for e in claim.elems:
        text(e.name, e.element_class)
    for p in claim.parameters:
        text(p.name, p.role)
        term(p.var)
        domains(p.dims)
    for f in (*claim.facts, *claim.hypotheses):
        term(f.formula)
    s = claim.statement
    if isinstance(s, Proposition):
        term(s.formula)
        term(s.valid)
    else:
        for v in (s.left, s.right):
            term(v.term)
            term(v.valid)
            domains(v.dims)
    return h.hexdigest()


def re_elaborate(
    modules: Modules, name: str, old: Def | ClaimDecl | AxiomDecl, new: Def | ClaimDecl | AxiomDecl
) -> list[Claim]:
    """The claims called ``name`` as they would be if ``new`` stood in the place of ``old``.

    ``old`` is the claim's own declaration or a definition that it uses.  The lemmas that its hints use keep the
    definitions that they were stated with: they are true of those, and say nothing of the changed one.
    ``name[float16]`` gives that format alone.  Raises :class:`ContractError` if the changed text makes no sense.
    """
    entry = modules.entry(name)
    suffix = name.partition("[")[2]
    session = Session()
    decl = entry.decl
    assert isinstance(decl, ClaimDecl | AxiomDecl)
    if isinstance(old, Def):
        assert isinstance(new, Def)
        session.overrides[id(old)] = new
    else:
        assert old is decl and not isinstance(new, Def)
        decl = new
    module = entry.view.module
    with deep_stack():
        auto = auto_lemmas(session, module)
        return elaborate_claim(session, entry, decl, auto, module.family, f"[{suffix}" if suffix else None)
