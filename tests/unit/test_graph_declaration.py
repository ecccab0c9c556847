"""``graph`` declarations: what a call means, how sizes are found, and what stands for large constants."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from graph_files import elaborated, floats, last, layer, picked, save, two_outputs, weighted

from probanda.ir.builder import Builder
from probanda.obligations.claims import Claim, Proposition
from probanda.obligations.discharge.falsify import falsify
from probanda.obligations.discharge.memo import claim_parts
from probanda.obligations.language import ast
from probanda.obligations.language.elaborate import statement_hash
from probanda.obligations.language.parser import parse
from probanda.obligations.language.print_decl import print_file
from probanda.theories.normal.beta import beta, strip
from probanda.theories.terms.term import free_vars

LAYER = 'graph layer = "layer.graph"\n'


def meaning(c: Claim) -> str:
    assert isinstance(c.statement, Proposition)
    return repr(strip(beta(c.statement.formula, ranges=False)))


def validity(c: Claim) -> str:
    assert isinstance(c.statement, Proposition)
    return repr(strip(beta(c.statement.valid, ranges=False)))


def test_words_in_any_order_print_and_parse() -> None:
    text = '/-- Doc. -/\ngraph g = "a b/m.graph" as ieee compiled\ngraph h = "m.onnx" as real\ngraph compiled = "as.onnx" compiled'
    g, h, compiled = parse(text).decls
    assert g == ast.GraphDecl("g", "a b/m.graph", True, "ieee", "Doc.")
    assert h == ast.GraphDecl("h", "m.onnx")
    assert isinstance(compiled, ast.GraphDecl) and compiled.name == "compiled" and compiled.compiled
    assert parse(print_file(ast.File("", "", (g, h, compiled)))).decls == (g, h, compiled)


def test_call_is_the_meaning_at_the_arguments(tmp_path: Path) -> None:
    layer(tmp_path)
    c = last(
        tmp_path, LAYER + "theorem t (a : real[p, q]) (b : real[q]) (i : index p) (j : index q) : layer(a, b)[i, j] = 7"
    )
    assert meaning(c) == "eq(max(add(at(at(a, i), j), at(b, j)), 0), 7)"
    assert validity(c) == "and(le(1, p), le(1, q))"
    assert c.definitions == ("t.layer",)
    assert len(c.subject) == 1 and c.subject[0].startswith("graph t.layer sha256:")


def test_inputs_may_be_called_like_parameters_of_the_claim(tmp_path: Path) -> None:
    """Arguments replace inputs all at once, and symbols are not the claim's sizes."""
    layer(tmp_path)
    c = last(
        tmp_path, LAYER + "theorem t (c : real[k, n]) (x : real[n]) (i : index k) (j : index n) : layer(c, x)[i, j] = 7"
    )
    assert meaning(c) == "eq(max(add(at(at(c, i), j), at(x, j)), 0), 7)"
    assert validity(c) == "and(le(1, k), le(1, n))"


def test_sizes_that_must_agree_are_conditions(tmp_path: Path) -> None:
    layer(tmp_path)
    c = last(tmp_path, LAYER + "theorem t (a : real[2, q]) (b : real[r]) (j : index q) : layer(a, b)[0, j] = 7")
    assert validity(c) == "and(le(1, q), eq(q, r))"


def test_sizes_of_values_are_not_negative(tmp_path: Path) -> None:
    g = Builder("conv")
    x, w = g.input("x", floats(1, 1, "n")), g.input("w", floats(1, 1, "k"))
    save(tmp_path, g, g.add("GlobalMaxPool", g.add("Conv", x, w, name="c"), name="y"))
    text = 'graph g = "conv.graph"\ntheorem t (x : real[1, 1, n]) (w : real[1, 1, k]) : g(x, w) = g(x, w)'
    assert validity(last(tmp_path, text)) == "and(le(1, n), le(1, k), le(0, add(sub(n, k), 1)))"


@pytest.mark.parametrize("words", ["", " compiled"])
@pytest.mark.parametrize("reading", ["real", "ereal", "ieee"])
def test_readings_and_compiled_form(tmp_path: Path, words: str, reading: str) -> None:
    layer(tmp_path)
    kind = {"real": "real", "ereal": "ereal", "ieee": "float32"}[reading]
    text = (
        f'graph g = "layer.graph"{words} as {reading}\ntheorem t (a : {kind}[p, q]) (b : {kind}[q]) : g(a, b) = g(a, b)'
    )
    parameters = {p.name: p.var.sort.text for p in last(tmp_path, text).parameters}
    assert parameters["a"] == f"(int -> (int -> {kind}))"


def test_calls_in_definitions_lets_and_comprehensions(tmp_path: Path) -> None:
    layer(tmp_path)
    text = (
        LAYER
        + """
def twice (x : real[n, m]) (b : real[m]) : real[n, m] requires 1 <= n, 1 <= m = layer(layer(x, b), b)
def same (x : real[n, m]) (b : real[m]) : real[n, m] requires 1 <= n, 1 <= m = let y = layer(x, b) in twice(x, b) + y - y
theorem t (x : real[n, m]) (b : real[m]) (h : 1 <= n and 1 <= m) :
  same(x, b) = [i < n, j < m] => layer(layer([k < n, l < m] => x[k, l], b), b)[i, j]
"""
    )
    c = last(tmp_path, text)
    assert set(c.definitions) == {"t.layer", "t.twice", "t.same"}
    assert falsify(c) is None


def test_a_slice_of_a_group_is_an_argument(tmp_path: Path) -> None:
    layer(tmp_path)
    text = "theorem t {B : axes} (x : real[B.., n, m]) (b : real[m]) (i : index n) (j : index m) : layer(x[.., _, _], b)[i, j] = 7"
    assert [p.name for p in last(tmp_path, LAYER + text).parameters if p.role == "index"] == ["i", "j", "B.index"]


def test_several_outputs_are_a_tuple_with_clean_names(tmp_path: Path) -> None:
    two_outputs(tmp_path)
    text = 'graph g = "two.graph"\ntheorem t (x : real[n]) (i : index n) : let r = g(x) in r.minus_x[i] <= r.v2nd[i]'
    assert meaning(last(tmp_path, text)) == "le(neg(at(x, i)), abs(at(x, i)))"


def test_small_constants_are_their_values(tmp_path: Path) -> None:
    picked(tmp_path)
    text = 'graph g = "picked.graph"\ntheorem t (x : real[n]) (at : int[m]) (h : forall (i < m) 0 <= at[i] < n) (i : index m) : '
    c = last(
        tmp_path, text + "g(x, at).y[i] = x[at[i]] and g(x, at).t[1, 0] = 7 and g(x, at).t[0, 1] = g(x, at).t[1, 1]"
    )
    assert falsify(c) is None
    assert not [p for p in c.parameters if "." in p.name]
    assert falsify(last(tmp_path, text + "g(x, at).t[0, 0] = 7")) is not None


def test_large_constants_are_parameters(tmp_path: Path) -> None:
    weighted(tmp_path)
    text = 'graph g = "weighted.graph"\ntheorem t (x : real[n, 9]) (i : index n) (j : index 8) : '
    c = last(tmp_path, text + "g(x)[i, j] = (sum (k < 9) x[i, k] * g.layers_0_w[k, j]) + 0.5")
    weight = c.parameters[-1]
    assert (weight.name, weight.role, len(weight.dims)) == ("g.layers_0_w", "value", 2)
    assert c.subject[1] == "for all g.layers_0_w : real[9, 8]"
    assert falsify(c) is None
    found = falsify(last(tmp_path, text + "g(x)[i, j] <= 10"))
    assert found is not None and "g.layers_0_w" in found.values


def test_graphs_of_one_file_have_the_same_weights(tmp_path: Path) -> None:
    weighted(tmp_path)
    two = 'graph g = "weighted.graph"\ngraph c = "weighted.graph" compiled\ngraph e = "weighted.graph" as ereal\n'
    c = last(tmp_path, two + "theorem t (x : real[n, 9]) (i : index n) (j : index 8) : g(x)[i, j] = c(x)[i, j]")
    assert [p.name for p in c.parameters if "." in p.name] == ["g.layers_0_w"]
    assert meaning(c) == meaning(c).replace("c.layers", "g.layers") and falsify(c) is None
    other = last(tmp_path, two + "theorem t (x : real[n, 9]) : c.layers_0_w[0, 0] = 1 and e(ereal(x)) = e(ereal(x))")
    assert sorted(p.name for p in other.parameters if "." in p.name) == ["e.layers_0_w", "g.layers_0_w"]


def test_weights_reach_through_definitions_and_lemmas(tmp_path: Path) -> None:
    weighted(tmp_path)
    text = """graph g = "weighted.graph"
def f (x : real[n, 9]) : real[n, 8] requires 1 <= n = g(x)
theorem a (x : real[n, 9]) (h : 1 <= n) : f(x) = g(x)
theorem b (x : real[n, 9]) (h : 1 <= n) : x = x
  using a(x)
"""
    a, b = elaborated(tmp_path, text).claims
    assert [p.name for p in a.parameters][-1] == [p.name for p in b.parameters][-1] == "g.layers_0_w"
    (instance,) = b.hints.instances
    assert set(free_vars(instance.formula)) <= {p.var.name for p in b.parameters}
    assert b.subject == ()


def test_another_model_is_another_statement(tmp_path: Path) -> None:
    """Weights that are quantified do not show in the formula; the digest of the model does."""
    text = 'graph g = "weighted.graph"\ntheorem t (x : real[n, 9]) : g(x) = g(x)'
    weighted(tmp_path)
    before = last(tmp_path, text)
    assert statement_hash(before) == statement_hash(last(tmp_path, text))
    weighted(tmp_path, seed=2)
    after = last(tmp_path, text)
    assert statement_hash(before) != statement_hash(after)
    assert claim_parts(before) != claim_parts(after)


def test_a_constant_that_nothing_reads_is_no_parameter(tmp_path: Path) -> None:
    g = Builder("idle")
    x = g.input("x", floats("n"))
    g.const("w", np.ones(65, np.float32))
    save(tmp_path, g, g.add("Neg", x, name="y"))
    c = last(tmp_path, 'graph g = "idle.graph"\ntheorem t (x : real[n]) : g(x) = g(x)')
    assert [p.name for p in c.parameters] == ["n", "x"]


def test_onnx_is_imported_for_onnx_files_alone(tmp_path: Path) -> None:
    layer(tmp_path)
    (tmp_path / "t.ob").write_text(
        LAYER + "theorem t (x : real[n, m]) (b : real[m]) (h : 1 <= n and 1 <= m) : layer(x, b) = layer(x, b)"
    )
    code = "import sys; from probanda.obligations.language.elaborate import load_files; load_files(sys.argv[1:]); print('onnx' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.ob")], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"


def test_an_onnx_model(tmp_path: Path) -> None:

    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    nodes = [helper.make_node("Add", ["x", "c"], ["a"]), helper.make_node("Relu", ["a"], ["y"])]
    float_ = TensorProto.FLOAT
    inputs, outputs = [value("x", float_, ["n", "k"]), value("c", float_, ["k"])], [value("y", float_, ["n", "k"])]
    model = helper.make_model(
        helper.make_graph(nodes, "layer", inputs, outputs), opset_imports=[helper.make_opsetid("", 18)]
    )
    (tmp_path / "models").mkdir()
    (tmp_path / "models/layer.onnx").write_bytes(model.SerializeToString())
    layer(tmp_path)
    text = 'graph other = "models/layer.onnx"\n' + LAYER
    c = last(
        tmp_path,
        text
        + "theorem t (a : real[p, q]) (b : real[q]) (i : index p) (j : index q) : other(a, b)[i, j] = layer(a, b)[i, j]",
    )
    left, right = meaning(c).removeprefix("eq(").removesuffix(")").split("), max(")
    assert left + ")" == "max(" + right
