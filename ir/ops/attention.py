"""Scaled dot-product attention.

Which keys a query may look at is a condition: ``is_causal``, a window, padding, a mask of Booleans, the end of a mask
that is too short.  Where the reading has −∞, it is added to the scores of the other keys, as ONNX says; over the reals
they are left out of maximum and sum, which is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from ...theories.terms import build as b
from .. import dims
from ..dtypes import BOOL, Reading
from ..elements import Elem, index, where
from ..operators import Call, operator
from ..tensors import Index, Tensor, greatest, some, tensor, total
from .attention_shapes import attention_rule, packed, unpacked


def _root_of_scale(use: Call, q: Tensor) -> Elem:
    """``√scale``; the scale is ``1/√width`` unless it is given."""
    given, width = use.get("scale"), dims.literal(q.shape[3])
    if use.reading is Reading.IEEE and (given is not None or width):
        return q.lit(math.sqrt(given if given is not None else 1 / math.sqrt(width or 1)))
    scale = q.lit(float(given)) if given is not None else 1 / q.size(3).cast(q.dtype).sqrt()
    return scale.sqrt()


def _group(q: Tensor, k: Tensor) -> Elem:
    """How many query heads share a key head."""
    found = dims.divide(q.shape[1], k.shape[1])
    return q.size(1) // k.size(1) if found is None else index(found, q.reading)


def _joined(past: Tensor | None, new: Tensor) -> Tensor:
    """``past`` and ``new`` one after the other."""
    if past is None:
        return new
    n = past.size(2)
    shape = (*new.shape[:2], dims.size(b.add(past.shape[2], new.shape[2])), new.shape[3])

    def element(i: Index) -> Elem:
        return where(i[2] < n, past[i], new[i[0], i[1], i[2] - n, i[3]])

    return tensor(new, shape, element, new.reading)


class _Bias:
    """What ``mask``, ``is_causal``, windows and padding say about ``[batch, head, query, key]``."""

    def __init__(
        self, use: Call, q: Tensor, mask: Tensor | None, past: Tensor | None, lengths: Tensor | None, keys: Elem
    ) -> None:
        self.use, self.q, self.mask, self.lengths, self.keys = use, q, mask, lengths, keys
        self.past = past.size(2) if past is not None else index(0, q.reading)
        self.left, self.right = use.int("left_window_size"), use.int("right_window_size")
        self.free = not use.flag("is_causal") and self.left < 0 and self.right < 0 and lengths is None and mask is None
        self.filters = use.reading is Reading.REAL

    def allowed(self, i: Index) -> Elem:
        """Whether the query may look at the key at all."""
        j, out = i[3], Elem(b.TRUE, BOOL, self.use.reading)
        known = self.lengths[i[0]].index() if self.lengths is not None else None
        position = i[2] + (self.past if known is None else known - self.q.size(2))
        if self.use.flag("is_causal"):
            out = out & (j <= position)
        if self.left >= 0:
            out = out & (j >= position - self.left)
        if self.right >= 0:
            out = out & (j <= position + self.right)
        if known is not None:
            out = out & (j < known)
        if self.mask is not None:
            out = out & self._inside(self.mask, j)
            if self.mask.dtype is BOOL:
                out = out & self._read(self.mask, i)
        return out

    def _inside(self, mask: Tensor, j: Elem) -> Elem:
        """Whether the mask goes as far as key ``j``."""
        if not mask.rank or dims.equal(mask.shape[-1], self.keys.term) is True:
            return Elem(b.TRUE, BOOL, self.use.reading)
        return j < mask.size(-1)

    def _read(self, mask: Tensor, i: Index) -> Elem:
        if not mask.rank:
            return mask[()]
        lead = i[4 - mask.rank : 3]
        zero = index(0, self.use.reading)
        return mask[(*[zero if d is b.ONE else k for d, k in zip(mask.shape[:-1], lead, strict=True)], i[3])]

    def added(self, i: Index) -> Elem:
        """The summand of a mask of numbers, else 0."""
        if self.mask is None or self.mask.dtype is BOOL:
            return self.q.lit(0)
        return where(self._inside(self.mask, i[3]), self._read(self.mask, i), 0)

    def value(self, i: Index) -> Elem:
        """The bias in a reading that has −∞."""
        allowed, added = self.allowed(i), self.added(i)
        return added if allowed.term is b.TRUE else where(allowed, added, added + -math.inf)

    def biased(self, score: Elem, i: Index) -> Elem:
        """The score with its bias; over the reals only that of a key that is allowed."""
        return score if self.free else score + (self.added(i) if self.filters else self.value(i))

    def live(self) -> Tensor:
        """Whether a query ``[batch, head, query]`` has a key whose bias is not −∞."""
        q = self.q

        def element(i: Index) -> Elem:
            return some(self.keys, lambda j: ~self.value((*i, j)).is_inf(-1))

        return tensor(BOOL, q.shape[:3], element, q.reading).stored()


def _softmax(logits: Tensor, bias: _Bias) -> Tensor:
    """``e^(s_ij − m_i) / Σ_k e^(s_ik − m_i)`` with ``m_i = max_k s_ik``; 0 for a query without keys."""
    keys, shape, reading = logits.size(3), logits.shape, logits.reading

    def only(i: Index) -> Callable[[Elem], Elem] | None:
        def allowed(j: Elem) -> Elem:
            return bias.allowed((*i, j))

        return allowed if bias.filters and not bias.free else None

    def peak(i: Index) -> Elem:
        return greatest(keys, lambda j: logits[(*i, j)], only(i))

    def mass(i: Index) -> Elem:
        return total(keys, lambda j: (logits[(*i, j)] - top[i]).exp(), only(i))

    def weight(i: Index) -> Elem:
        row = i[:3]
        share = (logits[i] - top[row]).exp() / sums[row]
        share = where(top[row].is_inf(-1), share.lit(0), share)
        if bias.free:
            return share
        return where(bias.allowed(i) if bias.filters else live[row], share, 0)

    live = top = bias.live() if not (bias.free or bias.filters) else logits
    top = tensor(logits, shape[:3], peak, reading).stored()
    sums = tensor(logits, shape[:3], mass, reading).stored()
    return tensor(logits, shape, weight, reading)


_CONVENTIONS: Final = (
    "a query that may look at no key, by its mask or because all its scores are -inf, gives zeros",
    "a mask with fewer columns than there are keys, even with one, disallows the others",
    "Q, K, V and a mask of numbers have one element type",
    "qk_matmul_output_mode 0 gives the product before the softcap",
    "over the reals a mask holds no -inf, and qk_matmul_output_mode 2 exists only where no key is disallowed",
)


@operator(
    "Attention",
    attention_rule,
    (3, 7),
    {
        "is_causal": 0,
        "kv_num_heads": None,
        "left_window_size": -1,
        "q_num_heads": None,
        "qk_matmul_output_mode": 0,
        "right_window_size": -1,
        "scale": None,
        "softcap": 0.0,
        "softmax_precision": None,
    },
    conventions=_CONVENTIONS,
)
def attention(
    use: Call, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, past_key: Tensor | None,
    past_value: Tensor | None, lengths: Tensor | None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """``Y = softmax(softcap((Q√s)·(K√s)ᵀ) + bias)·V`` for every head; a group of query heads shares a key head."""
    rank = q.rank
    q = unpacked(use, q, "q_num_heads")
    k = _joined(past_key, unpacked(use, k, "kv_num_heads"))
    v = _joined(past_value, unpacked(use, v, "kv_num_heads"))
    group, root, cap = _group(q, k), _root_of_scale(use, q), use.float("softcap")
    bias = _Bias(use, q, mask, past_key, lengths, k.size(2))

    def score(i: Index) -> Elem:
        head = i[1] // group
        return total(q.size(3), lambda e: (q[(*i[:3], e)] * root) * (k[i[0], head, i[3], e] * root))

    def capped(i: Index) -> Elem:
        return (scores[i] / cap).tanh() * cap if cap else scores[i]

    def shown(i: Index) -> Elem:
        mode = use.int("qk_matmul_output_mode")
        if mode == 3:
            return weights[i]
        if mode == 2:
            return capped(i) if bias.free else capped(i) + bias.value(i)
        return scores[i] if mode == 0 else capped(i)

    def y(i: Index) -> Elem:
        return total(v.size(2), lambda j: weights[(*i[:3], j)] * v[i[0], i[1] // group, j, i[3]])

    shape = (*q.shape[:3], k.shape[2])
    scores = tensor(q, shape, score, q.reading).stored()
    precision = use.dtype("softmax_precision") if use.get("softmax_precision") is not None else q.dtype
    logits = tensor(precision, shape, lambda i: bias.biased(capped(i), i).cast(precision), q.reading).stored()
    chances = _softmax(logits, bias)
    weights = tensor(q, shape, lambda i: chances[i].cast(q.dtype), q.reading).stored()
    out = tensor(q, (*q.shape[:3], v.shape[3]), y, q.reading)
    return (packed(out.stored()) if rank == 3 else out, k, v, tensor(q, shape, shown, q.reading))
