"""Closing over variables: exact, and at the cost of each distinct subterm once."""

from __future__ import annotations

import itertools

import pytest

from probanda.theories.terms import binders
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import bound, close, fresh, open_with, substitute, var
from probanda.theories.terms.sorts import INT
from probanda.theories.terms.term import Term, free_vars, size


def colliding() -> tuple[Term, Term]:
    """Two variables that share a bit of ``free``."""
    names = [var(f"v{k}", INT) for k in range(200)]
    return next((x, y) for x, y in itertools.combinations(names, 2) if x.free == y.free)


def nest(x: Term, depth: int) -> Term:
    """Each level reads the one below twice, under a binder and outside."""
    t = x
    for _ in range(depth):
        t = b.add(b.big("sum", b.below(b.integer(2)), lambda k, t=t: b.mul(k, t)), t)
    return t


def test_variables_that_share_a_bit() -> None:
    x, y = colliding()
    t = nest(x, 12)
    assert close(t, y) is t
    assert close(b.add(t, y), y) is b.add(t, bound(0, INT))
    assert open_with(close(t, x), y) is substitute(t, {x: y}) is nest(y, 12)
    assert free_vars(close(b.add(t, y), x)) == {y.name: y}


def test_a_closed_subterm_is_visited_once_for_all_depths(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = colliding()
    t = nest(x, 60)
    tower = t
    for _ in range(30):  # the same term below 1 to 30 binders
        tower = b.add(b.big("sum", b.below(b.integer(2)), lambda k, tower=tower: b.mul(k, tower)), t)
    visits = [0]
    plain = binders.binds

    def counted(term: Term, position: int) -> int:
        visits[0] += 1
        return plain(term, position)

    monkeypatch.setattr(binders, "binds", counted)
    assert close(tower, y) is tower
    assert visits[0] <= 10 * size(tower)


def test_fresh_variables_have_bits_of_their_own() -> None:
    made = [fresh("i", INT) for _ in range(64)]
    assert len({x.free for x in made}) == 64
    assert all(x.free != var(f"v{k}", INT).free for x in made for k in range(20))
    total = b.integer(0)
    for x in made:
        total = b.add(total, x)
    assert total.free.bit_count() == 64


def test_every_name_has_a_bit() -> None:
    for name in ("", "!", "x!", "x!y", "x!²", "\ud800", "x!" + "7" * 5000, "é!3"):
        x = var(name, INT)
        assert x.free.bit_count() == 1
        assert close(b.neg(x), x) is b.neg(bound(0, INT))
    assert var("x!" + "1" * 5000, INT).free == var("y!" + "1" * 6, INT).free
