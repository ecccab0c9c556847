"""Operators that move elements."""

from __future__ import annotations

from typing import Final

from ..notation import Instance, case, size

_N: Final = size("n")
_M: Final = size("m")

INSTANCES: Final[tuple[Instance, ...]] = (
    case("CenterCropPad", "[n + 4, m]", shape=(_N, size("m + 3"))),
    case("CenterCropPad", "[n, m]", shape=(5,), axes=(0,)),
    case("CenterCropPad", "[n, m]", shape=(_N, size("m + 1")), note="compilation drops the guard before the operand"),
    case("Concat", "[n, m] [k, m]", axis=0),
    case("Concat", "[n, m] [n, k] [n, 2]", axis=1),
    case("ConstantOfShape", "", shape=(_N, _M)),
    case("DepthToSpace", "[b, 4*c, h, w]", blocksize=2),
    case("DepthToSpace", "[b, 4*c, h, w]", blocksize=2, mode="CRD"),
    case("SpaceToDepth", "[b, c, 2*h, 2*w]", blocksize=2),
    case("Expand", "[n, 1]", shape=(_N, _M)),
    case("Expand", "[m]", shape=(_N, _M)),
    case("EyeLike", "[n, m]", k=1),
    case("Flatten", "[a, b, c]", axis=1),
    case("Flatten", "[a, b, c]", axis=2),
    case("Pad", "[n, m]", pads=(1, 0, 0, 2), note="constant"),
    case("Pad", "[n, m] - []", pads=(-1, 1, 0, 0), note="negative padding crops"),
    case("Pad", "[n, m + 2]", pads=(0, 2, 0, 1), mode="reflect"),
    case("Pad", "[n, m]", pads=(1, 0, 2, 1), mode="edge"),
    case("Pad", "[n, m]", pads=(1, 0, 0, 1), mode="wrap"),
    case("Range", "", start=0, limit=_N, delta=1),
    case("Reshape", "[n, m]", shape=(-1,)),
    case("Reshape", "[b, s, 12*d]", shape=(0, 0, 12, -1)),
    case("Reshape", "[b, s, 4]", shape=(size("b*s"), 4)),
    case("Shape", "[n, m]"),
    case("Shape", "[a, b, c]", start=1),
    case("Size", "[n, m]"),
    case("Slice", "[n + 3, m]", starts=(1,), ends=(3,), axes=(0,)),
    case("Slice", "[n, m]", starts=(-1,), ends=(-9223372036854775807,), axes=(1,), steps=(-1,), note="reversed"),
    case("Slice", "[n, m]", starts=(0, 1), ends=(9223372036854775807, 9223372036854775807), steps=(2, 1)),
    case("Split", "[2*n, m]", axis=0, split=(_N, _N), outputs=2),
    case("Split", "[n, 6]", axis=1, num_outputs=2, outputs=2),
    case("Split", "[n, 5]", axis=1, split=(2, 3), outputs=2),
    case("Squeeze", "[n, 1, m]", axes=(1,)),
    case("Unsqueeze", "[n, m]", axes=(0, 2)),
    case("Tile", "[n, m]", repeats=(2, 3)),
    case("Tile", "[n, m]", repeats=(1, size("k"))),
    case("Transpose", "[n, m]"),
    case("Transpose", "[b, s, h, d]", perm=(0, 2, 1, 3)),
    case("Trilu", "[n, m]"),
    case("Trilu", "[n, m]", upper=0, k=-1),
    case("ReverseSequence", "[t, b, d] int64[b]"),
    case(
        "Resize",
        "[1, c, h, w]",
        sizes=(1, size("c"), size("2*h"), size("2*w")),
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    case("Resize", "[b, c, h, w]", scales=(1.0, 1.0, 2.0, 2.0)),
    case("Resize", "[b, c, h, w]", scales=(1.0, 1.0, 2.0, 2.0), mode="linear"),
    case("Upsample", "[b, c, h, w]", scales=(1.0, 1.0, 2.0, 2.0)),
)
