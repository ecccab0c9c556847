"""Resize and Upsample: sizes, coordinates, weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ops_run import f32, gives, i64, run, types

from probanda.ir import dims
from probanda.ir.errors import BadAttribute, WrongDType, WrongShape
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term

X = np.arange(4, dtype=np.float32)


def twice(name: str) -> Term:
    return b.mul(dims.size(name), b.integer(2))


def test_sizes() -> None:
    n = dims.size("n")
    assert gives([f32(twice("n"), 4)], "Resize", f32("n", 3), scales=(2.0, 1.5))
    assert types("Resize", f32("n", 3), scales=(0.5,), axes=(0,)) == ["float32[idiv(n, 2), 3]"]
    assert types("Resize", f32("n", 3), sizes=(n, 7)) == ["float32[n, 7]"]
    assert types("Resize", f32(4, 10), sizes=(8, 10), keep_aspect_ratio_policy="not_larger") == ["float32[4, 10]"]
    assert types("Resize", f32(4, 10), sizes=(8, 10), keep_aspect_ratio_policy="not_smaller") == ["float32[8, 20]"]
    # 0.7 is 0.699999988… in float32; times 10 it rounds to 7.
    assert types("Resize", f32(10), scales=(float(np.float32(0.7)),)) == ["float32[7]"]


def test_refusals() -> None:
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (BadAttribute, {}),
        (BadAttribute, {"scales": (2.0,), "sizes": (8,)}),
        (BadAttribute, {"scales": (2.0, 2.0)}),
        (BadAttribute, {"scales": (-1.0,)}),
        (BadAttribute, {"scales": (2.0,), "mode": "area"}),
        (BadAttribute, {"sizes": (8,), "coordinate_transformation_mode": "tf_crop_and_resize"}),
        (BadAttribute, {"scales": (0.5,), "antialias": 1}),
    ]
    for error, attrs in wrong:
        with pytest.raises(error):
            types("Resize", f32(4), **attrs)
    with pytest.raises(WrongShape):
        types("Resize", f32("n"), scales=(float(np.float32(0.7)),))
    with pytest.raises(WrongShape):
        types("Resize", f32("n"), sizes=(4,), mode="linear", antialias=1)
    with pytest.raises(WrongDType):
        types("Resize", i64(4), scales=(2.0,), mode="linear")


@pytest.mark.parametrize(
    ("mode", "out"),
    [
        ("round_prefer_floor", [0, 0, 1, 2, 2, 3]),
        ("round_prefer_ceil", [0, 1, 1, 2, 3, 3]),
        ("floor", [0, 0, 1, 1, 2, 3]),
        ("ceil", [0, 1, 2, 2, 3, 3]),
    ],
)
def test_nearest_of_half_pixels(mode: str, out: list[int]) -> None:
    assert run("Resize", X, resized=(6,), nearest_mode=mode)[0].tolist() == out


def test_nearest_at_ties() -> None:
    attrs: dict[str, Any] = {"scales": (2.0,), "coordinate_transformation_mode": "asymmetric"}
    assert run("Resize", X, nearest_mode="round_prefer_floor", **attrs)[0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert run("Resize", X, nearest_mode="round_prefer_ceil", **attrs)[0].tolist() == [0, 1, 1, 2, 2, 3, 3, 3]


def coordinates(mode: str, old: int, new: int) -> list[float]:
    if mode == "align_corners":
        return [i * (old - 1) / (new - 1) if new > 1 else 0 for i in range(new)]
    if mode == "asymmetric":
        return [i * old / new for i in range(new)]
    return [0 if new == 1 and mode == "pytorch_half_pixel" else (i + 0.5) * old / new - 0.5 for i in range(new)]


@pytest.mark.parametrize(
    "mode", ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
)
def test_linear_with_symbolic_sizes(mode: str) -> None:
    for n in (1, 2, 5):
        x = np.random.default_rng(n).standard_normal(n).astype(np.float32)
        for size, new in ((dims.size(b.mul(dims.size("n"), b.integer(3))), 3 * n), (b.integer(4), 4), (b.ONE, 1)):
            out = run(
                "Resize", x, shapes=[("n",)], sizes={"n": n}, mode="linear",
                coordinate_transformation_mode=mode, resized=(size,),
            )[0]  # fmt: skip
            want = np.interp(coordinates(mode, n, new), np.arange(n), x)
            np.testing.assert_allclose(out, want, rtol=1e-5, atol=1e-6)


def test_crop_extrapolates() -> None:
    out = run(
        "Resize", X, resized=(3,), roi=(0.0, 2.0), mode="linear", extrapolation_value=9.0,
        coordinate_transformation_mode="tf_crop_and_resize",
    )[0]  # fmt: skip
    assert out.tolist() == [0, 3, 9]


def test_cubic_reproduces_lines() -> None:
    out = run("Resize", np.arange(8, dtype=np.float32), scales=(2.0,), mode="cubic", cubic_coeff_a=-0.5)[0]
    np.testing.assert_allclose(out[4:-4], (np.arange(4, 12) + 0.5) / 2 - 0.5, rtol=1e-6)


def test_antialias_averages() -> None:
    x = np.arange(8, dtype=np.float32)
    for exclude in (0, 1):
        out = run("Resize", x, scales=(0.25,), mode="linear", antialias=1, exclude_outside=exclude)[0]
        for k, place in enumerate((1.5, 5.5)):
            at = np.arange(-6, 14)
            weight = np.maximum(1 - np.abs(at - place) / 4, 0) * (((at >= 0) & (at < 8)) if exclude else 1)
            np.testing.assert_allclose(out[k], (weight * np.clip(at, 0, 7)).sum() / weight.sum(), rtol=1e-6)
    same = run("Resize", x, scales=(2.0,), mode="cubic", antialias=1)[0]
    np.testing.assert_array_equal(same, run("Resize", x, scales=(2.0,), mode="cubic")[0])


def test_upsample() -> None:
    x = X.reshape(2, 2)
    assert run("Upsample", x, scales=(1.0, 2.0))[0].tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    assert gives(
        [f32("n", "c", twice("h"), twice("w"))], "Upsample", f32("n", "c", "h", "w"), scales=(1.0, 1.0, 2.0, 2.0)
    )
