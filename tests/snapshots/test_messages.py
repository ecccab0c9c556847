"""The texts of error messages."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from probanda.obligations.language.ast import Span
from probanda.obligations.language.diagnostics import ContractError, UnknownName, nearest
from probanda.obligations.language.parser import parse, parse_bytes

TEXTS = {
    "missing colon": "theorem t (x : real) x = x",
    "missing bracket": "theorem t (x : real[n, m) :\n  x = x",
    "ends early": "theorem t (x : real) : x =\n\n",
    "reserved name": "def sum (n : nat) : nat = n",
    "later version": "use a\n\nrec kv (t : nat) : nat\n  | 0 => 1",
    "no operator": "theorem t : x $ y",
    "unclosed string": 'axiom a : x = x\n  because "of it',
    "unclosed documentation": "/-- of what",
    "documentation of nothing": "/-- of what -/",
    "exponent": "theorem t (x y : real) : x ^ y = 1",
    "chain": "theorem t : a != b != c",
    "tuple without names": "theorem t : f(x) = (1, x)",
    "clause of another kind": 'theorem t : x = x\n  because "so"',
    "clause twice": "theorem t : x = x\n  expect vacuous\n  expect refuted",
    "rule in a theorem": "theorem t : x + 0 => x",
    "wide characters": "theorem t : 数 + ∑∑ = ∞",
    "tabs": "theorem t :\n\tx\t= $",
    "long line": f"theorem t : {'x + ' * 100} $ {'+ y' * 100}",
    "number": f"theorem t : x = {'9' * 1200}",
    "depth": f"theorem t : {'(' * 300}",
}


def message(text: str) -> str:
    with pytest.raises(ContractError) as e:
        parse(text, "claims/example.ob")
    return e.value.render()


@pytest.mark.parametrize("name", TEXTS)
def test_messages(name: str, snapshot: SnapshotAssertion) -> None:
    assert message(TEXTS[name]) == snapshot


def test_bytes(snapshot: SnapshotAssertion) -> None:
    with pytest.raises(ContractError) as e:
        parse_bytes(b"theorem \xff", "claims/example.ob")
    assert e.value.render() == snapshot


def test_suggestion(snapshot: SnapshotAssertion) -> None:
    text = "theorem t (x : real) :\n  sofmax(x) = 0"
    error = UnknownName("unknown name `sofmax`", Span(25, 31), hint=nearest("sofmax", ["softmax", "exp"]))
    assert error.locate("claims/example.ob", text).render() == snapshot
