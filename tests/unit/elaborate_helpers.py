"""What the tests of the elaborator share."""

from __future__ import annotations

import pytest

from probanda.obligations.claims import Claim, Proposition, Rewrite
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.elaborate import elaborate_expr, elaborate_text
from probanda.theories.normal.beta import beta, strip
from probanda.theories.terms.term import Term


def claims(text: str) -> dict[str, Claim]:
    """The claims of a file, by name without the file's."""
    return {c.name.removeprefix("t."): c for c in elaborate_text(text, "t.ob").claims}


def only(text: str) -> Claim:
    """The last claim of a file."""
    return elaborate_text(text, "t.ob").claims[-1]


def formula(c: Claim) -> Term:
    """The statement of a theorem."""
    assert isinstance(c.statement, Proposition)
    return c.statement.formula


def rule(c: Claim) -> Rewrite:
    """The statement of a rewrite."""
    assert isinstance(c.statement, Rewrite)
    return c.statement


def reduced(t: Term) -> str:
    """The normal form without definedness, as text."""
    return repr(strip(beta(t, ranges=False)))


def expr(text: str, params: str = "") -> str:
    """The normal form of an expression, as text."""
    return reduced(elaborate_expr(text, params)[0].term)


def fails(text: str, code: str) -> ContractError:
    """The error, of that code, that a file gives; its caret must show the text that it is about."""
    with pytest.raises(ContractError) as caught:
        elaborate_text(text, "t.ob")
    assert caught.value.code == code, caught.value.render()
    assert caught.value.line > 0
    return caught.value


def expr_fails(text: str, params: str, code: str) -> ContractError:
    """The error, of that code, that an expression gives."""
    with pytest.raises(ContractError) as caught:
        elaborate_expr(text, params)
    assert caught.value.code == code, caught.value.render()
    return caught.value


def marked(e: ContractError) -> str:
    """The text under the carets."""
    return e.text[e.span.start : e.span.end]
