"""Definitions are checked once with their parameters left open, so that an error shows where it was made."""

from __future__ import annotations

from ....theories.terms.sorts import FLOAT32
from ..ast import Def
from .calls import fit
from .core import Session
from .declare import declare
from .dispatch import place
from .modules import Entry
from .statements import float_variables


def check_definition(session: Session, entry: Entry, decl: Def) -> None:
    """Elaborate ``decl`` with its parameters as variables.  Raises :class:`ContractError`."""
    session.start()
    formats = dict.fromkeys(float_variables(decl.params), FLOAT32)
    declared = declare(place(session, entry.view), decl.params, decl.requires, formats)
    scope = declared.elab.scope
    from dataclasses import replace

    fit(declared.elab.at(replace(scope, batch=None)), decl.result, decl.body)
