"""Attention and recurrent layers."""

from __future__ import annotations

from typing import Final

from ..notation import Instance, case

INSTANCES: Final[tuple[Instance, ...]] = (
    case("Attention", "[b, h, s, d] [b, h, t, d] [b, h, t, v]"),
    case("Attention", "[b, h, s, d] [b, h, s, d] [b, h, s, d]", is_causal=1),
    case("Attention", "[b, s, 8] [b, t, 4] [b, t, 4] [s, t]", q_num_heads=4, kv_num_heads=2),
    case("Attention", "[b, h, s, d] [b, h, t, d] [b, h, t, d] - [b, h, p, d] [b, h, p, d]", outputs=3),
    case(
        "LinearAttention",
        "[b, 2, 4] [b, 2, 4] [b, 2, 6]",
        q_num_heads=2,
        kv_num_heads=2,
        update_rule="linear",
        outputs=2,
    ),
    case("RotaryEmbedding", "[b, h, s, 8] [t, 4] [t, 4] int64[b, s]"),
    case("RotaryEmbedding", "[b, s, 8] [b, s, 2] [b, s, 2]", num_heads=2, interleaved=1),
    case("RNN", "[2, b, i] [1, h, i] [1, h, h] [1, 2*h]", outputs=2),
    case("GRU", "[2, b, i] [1, 3*h, i] [1, 3*h, h] [1, 6*h]", outputs=2),
    case("LSTM", "[2, b, i] [1, 4*h, i] [1, 4*h, h] [1, 8*h]", outputs=3),
)
