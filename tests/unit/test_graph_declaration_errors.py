"""What a ``graph`` declaration or a call of a graph is refused for: a code, and the place in the contract file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_files import floats, last, layer, picked, refused, save, weighted

from probanda.ir.builder import Builder
from probanda.obligations.language.elaborate import elaborate_text, model_files, models

LAYER = 'graph layer = "layer.graph"\n'


def marked(folder: Path, source: str, code: str) -> str:
    e = refused(folder, source, code)
    return e.text[e.span.start : e.span.end]


@pytest.mark.parametrize(
    "path", ["/etc/layer.graph", "../layer.graph", "a/../../layer.graph", "C:layer.graph", "a\\\\layer.graph", "missing.graph",
             "layer", "layer.npz", "", "."]
)  # fmt: skip
def test_paths(tmp_path: Path, path: str) -> None:
    layer(tmp_path)
    text = f'graph g = "{path}"'
    assert marked(tmp_path, text, "PB507") == f'"{path}"'


def test_paths_of_a_file_elsewhere(tmp_path: Path) -> None:
    """The folder is that of the contract file, not the current one."""
    inner = tmp_path / "inner"
    inner.mkdir()
    layer(tmp_path)
    refused(inner, LAYER, "PB507")
    layer(inner)
    assert elaborate_text('graph layer = "inner/layer.graph"', str(tmp_path / "t.ob")).claims == []


@pytest.mark.parametrize("ending", [".graph", ".npz"])
def test_links_that_lead_out(tmp_path: Path, ending: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    weighted(tmp_path)
    weighted(inner)
    (inner / f"weighted{ending}").unlink()
    (inner / f"weighted{ending}").symlink_to(tmp_path / f"weighted{ending}")
    assert "leads out" in refused(inner, 'graph g = "weighted.graph"', "PB507").message


def test_a_link_inside_is_followed(tmp_path: Path) -> None:
    layer(tmp_path)
    (tmp_path / "other.graph").symlink_to("layer.graph")
    last(tmp_path, 'graph g = "other.graph"\ntheorem t : 1 = 1')


def test_errors_of_the_model_keep_their_code(tmp_path: Path) -> None:
    (tmp_path / "bad.graph").write_text("graph bad\n%0 x = Input : float32[n\n")
    e = refused(tmp_path, 'graph g = "bad.graph"', "PB508")
    assert e.message.startswith("the model is refused: bad.graph:2:") and "error[PB617]" in e.message
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    assert "error[PB614]" in refused(tmp_path, 'graph g = "bad.onnx"', "PB508").message
    (tmp_path / "shape.graph").write_text(
        "graph s\n%0 x = Input : float32[3]\n%1 y = Neg(%0) : float32[4]\noutput y = %1\n"
    )
    assert "error[PB605]" in refused(tmp_path, 'graph g = "shape.graph"', "PB508").message


def test_a_payload_of_another_text(tmp_path: Path) -> None:
    weighted(tmp_path)
    (tmp_path / "kept").write_bytes((tmp_path / "weighted.npz").read_bytes())
    weighted(tmp_path, seed=2)
    (tmp_path / "weighted.npz").write_bytes((tmp_path / "kept").read_bytes())
    assert "error[PB630]" in refused(tmp_path, 'graph g = "weighted.graph"', "PB508").message


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_constants_that_a_reading_does_not_have(tmp_path: Path, value: float) -> None:
    g = Builder("odd")
    x = g.input("x", floats("n"))
    save(tmp_path, g, g.add("Max", x, g.const("c", np.array([value], np.float32)), name="y"))
    assert "no meaning as real" in refused(tmp_path, 'graph g = "odd.graph"', "PB508").message
    if np.isnan(value):
        assert "no meaning as ereal" in refused(tmp_path, 'graph g = "odd.graph" as ereal', "PB508").message
    else:
        last(tmp_path, 'graph g = "odd.graph" as ereal\ntheorem t : 1 = 1')
    last(tmp_path, 'graph g = "odd.graph" as ieee\ntheorem t : 1 = 1')


def test_what_no_input_decides(tmp_path: Path) -> None:
    g = Builder("random")
    x = g.input("x", floats("n"))
    save(tmp_path, g, g.add("Add", x, g.add("RandomNormalLike", x, name="r", key="k"), name="y"))
    assert "no input decides" in refused(tmp_path, 'graph g = "random.graph"', "PB508").message


def test_symbols_like_operands_of_compiled_code(tmp_path: Path) -> None:
    g = Builder("named")
    save(tmp_path, g, g.add("Neg", g.input("x", floats("%0")), name="y"))
    last(tmp_path, 'graph g = "named.graph"\ntheorem t (x : real[n]) (i : index n) : g(x)[i] = -x[i]')
    refused(tmp_path, 'graph g = "named.graph" compiled', "PB508")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer(tmp_path)
    monkeypatch.setattr(models, "LARGEST_TERM", 10)
    assert marked(tmp_path, LAYER, "PB219") == '"layer.graph"'
    monkeypatch.setattr(model_files, "LONGEST_TEXT", 20)
    assert "20 bytes" in refused(tmp_path, LAYER, "PB219").message
    monkeypatch.setattr(model_files, "LONGEST_TEXT", 10_000)
    monkeypatch.setattr(model_files, "MOST_NODES", 3)
    assert "4 nodes" in refused(tmp_path, LAYER, "PB219").message


@pytest.mark.parametrize(
    ("claim", "code", "where"),
    [
        ("(x : real[n, m]) : layer(x)[0, 0] = 0", "PB207", "layer(x)"),
        ("(x : real[n, m]) (b : real[m]) : layer(x, b, b)[0, 0] = 0", "PB207", "layer(x, b, b)"),
        ("(x : real[n, m]) : layer = x", "PB207", "layer"),
        ("(x : real[n]) (b : real[n]) : layer(x, b)[0, 0] = 0", "PB204", "x"),
        ("(b : real[n]) : layer(0, b)[0, 0] = 0", "PB204", "0"),
        ("(x : real[n, 3]) (b : real[4]) : layer(x, b)[0, 0] = 0", "PB204", "b"),
        ("(x : real[n, 0]) (b : real[0]) : layer(x, b)[0, 0] = 0", "PB204", "layer(x, b)"),
        ("(x : float32[n, m]) (b : real[m]) : layer(x, b)[0, 0] = 0", "PB203", "x"),
        ("(x : ereal[n, m]) (b : real[m]) : layer(x, b)[0, 0] = 0", "PB203", "x"),
        ("(x : nat -> nat -> real) (b : real[m]) : layer(x, b)[0, 0] = 0", "PB203", "x"),
        ("{B : axes} (x : real[B.., n, m]) (b : real[m]) : layer(x, b)[.., 0, 0] = 0", "PB215", "x"),
        ("{B : axes} (x : real[B.., m]) (b : real[m]) : layer(x, b)[.., 0] = 0", "PB215", "x"),
        ("(x : real[n, m]) (b : real[m]) : layer(x, b).y[0, 0] = 0", "PB212", "layer(x, b).y"),
        ("(x : real[n, m]) (b : real[m]) : layer.w[0, 0] = 0", "PB201", "layer.w"),
        ("(x : real[n, m]) : 0 = 0 using layer(x, x)", "PB209", "layer(x, x)"),
        ("(x : real[n, m]) : 0 = 0 twin_of layer", "PB217", None),
    ],
)
def test_calls(tmp_path: Path, claim: str, code: str, where: str | None) -> None:
    layer(tmp_path)
    found = marked(tmp_path, LAYER + "theorem t " + claim, code)
    assert where is None or found == where


def test_a_size_that_no_argument_gives(tmp_path: Path) -> None:
    g = Builder("doubled")
    from probanda.ir import dims
    from probanda.ir.dtypes import FLOAT
    from probanda.ir.types import TensorType
    from probanda.theories.terms import build as b

    double = dims.size(b.mul(dims.size("n"), b.integer(2)))
    save(tmp_path, g, g.add("Neg", g.input("x", TensorType(FLOAT, (double,))), name="y"))
    assert (
        "size n" in refused(tmp_path, 'graph g = "doubled.graph"\ntheorem t (x : real[4]) : g(x) = x', "PB205").message
    )


def test_names_that_clash(tmp_path: Path) -> None:
    layer(tmp_path)
    refused(tmp_path, LAYER + "def layer (x : real) : real = x", "PB202")
    refused(tmp_path, LAYER + LAYER, "PB202")
    refused(tmp_path, 'graph exp = "layer.graph"', "PB202")
    refused(tmp_path, "theorem t : layer(1, 2) = 0\n" + LAYER, "PB201")


def test_weights_of_two_files_with_one_name(tmp_path: Path) -> None:
    weighted(tmp_path)
    (tmp_path / "first.ob").write_text(
        'graph g = "weighted.graph"\ndef f (x : real[n, 9]) : real[n, 8] requires 1 <= n = g(x)'
    )
    text = 'use first\ngraph g = "weighted.graph"\ntheorem t (x : real[n, 9]) : f(x) = g(x)'
    refused(tmp_path, text, "PB202")


def test_a_lemma_about_weights_is_given_its_arguments(tmp_path: Path) -> None:
    weighted(tmp_path)
    text = 'graph g = "weighted.graph"\nlemma a : g.layers_0_w[0, 0] = g.layers_0_w[0, 0]\ntheorem t : 1 = 1\n  using a'
    assert "weights" in refused(tmp_path, text, "PB216").message


def test_a_parameter_that_is_called_like_a_weight(tmp_path: Path) -> None:
    """Its variable would be the weight's."""
    weighted(tmp_path)
    text = 'graph g = "weighted.graph"\ndef f (x : real[n, 9]) : real[n, 8] requires 1 <= n = g(x)\n'
    claim = "theorem t (x : real[n, 9]) (g : (layers_0_w : real[9, 8])) : f(x) = f(x)"
    refused(tmp_path, text + claim, "PB202")


def test_integers_are_given_as_integers(tmp_path: Path) -> None:
    picked(tmp_path)
    text = 'graph g = "picked.graph"{}\ntheorem t (x : {}[n]) (at : {}[m]) : g(x, at).t[0, 0] = 3'
    last(tmp_path, text.format(" as ieee", "float32", "bits 64"))
    refused(tmp_path, text.format(" as ieee", "float32", "int"), "PB203")
    refused(tmp_path, text.format("", "real", "real"), "PB203")
