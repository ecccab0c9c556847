"""pysmt reads every script of the library that lies in its logics, and finds true what z3's models satisfy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from probanda.encoders.smtlib.check_pysmt import Constant, Parsed
from probanda.encoders.smtlib.printer import Script, script
from probanda.encoders.smtlib.symbols import bare
from probanda.obligations.discharge.encode import GOAL, encode
from probanda.obligations.discharge.obligation import encodings
from probanda.obligations.goals.generate import goals
from probanda.obligations.language.elaborate.loader import load_files
from probanda.theories.errors import Unsupported

LIBRARY = Path(__file__).parents[2] / "obligations" / "library"
PARSED_AT_LEAST = 690
EVALUATED_AT_LEAST = 100
EVERY = 4
"""One script of so many is evaluated, if it is short."""
SHORT = 4000


def satisfied(made: Script) -> bool | None:
    """Whether pysmt finds every assertion true in z3's model; None without a model, or where pysmt has no value."""
    import z3  # no type hints: what comes out of it is Any until it is a constant

    z: Any = cast("Any", z3)
    solver = z.Solver()
    solver.set("timeout", 200)
    formulas: list[Any] = list(z.parse_smt2_string(made.text))
    solver.add(formulas)
    if str(solver.check()) != "sat":
        return None
    model = solver.model()

    def constant(t: Any) -> Constant | None:
        value = model.eval(t, model_completion=True)
        if z.is_true(value) or z.is_false(value):
            return bool(z.is_true(value))
        if z.is_int_value(value) or z.is_bv_value(value):
            return int(value.as_long())
        return Fraction(value.as_fraction()) if z.is_rational_value(value) else None

    values: dict[str, Constant] = {}
    functions: dict[str, dict[tuple[Constant, ...], Constant]] = {}
    seen: set[int] = set()
    todo = formulas
    while todo:
        t = todo.pop()
        if t.get_id() in seen:
            continue
        seen.add(t.get_id())
        todo += t.children()
        if t.decl().kind() != z.Z3_OP_UNINTERPRETED:
            continue
        value, args = constant(t), [constant(a) for a in t.children()]
        if value is None or None in args:
            return None
        name = bare(str(t.decl().name()))
        if args:
            functions.setdefault(name, {})[tuple([a for a in args if a is not None])] = value
        else:
            values[name] = value
    try:
        return all(Parsed(made).evaluate(values, functions).values())
    except (Unsupported, ZeroDivisionError):  # a division by zero has no value there
        return None


def test_every_script_is_read_and_models_are_models() -> None:
    parsed = evaluated = 0
    false: list[str] = []
    for module in load_files(sorted(LIBRARY.rglob("*.ob"))):
        if "ieee754" in module.file.path:
            continue  # floats are not in pysmt's logics
        for claim in module.claims:
            if claim.kind == "axiom":
                continue
            for goal in goals(claim):
                encoding = encodings(goal)[0]
                encoded = encode(goal, encoding)
                try:
                    names = list(Parsed(encoded.script).assertions)
                except Unsupported:
                    continue
                assert names == [label for label, _ in encoded.assertions], goal.name
                parsed += 1
                if parsed % EVERY or len(encoded.script.text) > SHORT or "(declare-sort " in encoded.script.text:
                    continue
                chosen = [(label, f) for label, f in encoded.assertions if encoded.origin(label) != GOAL]
                truth = satisfied(script(chosen, ring_as=encoding.ring_as))
                evaluated += truth is not None
                if truth is False:
                    false.append(goal.name)
    assert false == []
    assert parsed >= PARSED_AT_LEAST
    assert evaluated >= EVALUATED_AT_LEAST, evaluated
