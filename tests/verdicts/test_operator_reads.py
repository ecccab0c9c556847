"""Every shape lemma says something: where an operand is read one place too far, it is refuted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probanda.ir.dtypes import Reading
from probanda.ir.operators import call, denote, find
from probanda.ir.tensors import Tensor, variable
from probanda.ir.types import TensorType
from probanda.obligations.artefacts.lemmas.build import declared, leaves_of, shape_statement
from probanda.obligations.artefacts.lemmas.instances import instances
from probanda.obligations.artefacts.lemmas.notation import Instance
from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge.falsify import falsify
from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.settings import Settings

UNREAD = {
    ("CastLike", 1), ("EyeLike", 0), ("RandomNormalLike", 0), ("RandomUniformLike", 0), ("Shape", 0), ("Size", 0),
}  # fmt: skip
"""Operands of which only type and shape matter."""
AT_DATA = {
    "Gather", "GatherElements", "GatherND", "NegativeLogLikelihoodLoss", "ReverseSequence", "Scatter", "ScatterElements",
    "ScatterND", "SoftmaxCrossEntropyLoss",
}  # fmt: skip
"""Operators that read at indices that are data: random ones are seldom in range, so it takes a solver to refute them."""


def too_far(instance: Instance, operand: int) -> Iterator[Claim]:
    """The shape lemma for each result, where the last index of an operand is one more than it should be."""
    op = find(instance.op)
    use = call(op, instance.operands, instance.attrs, Reading.IEEE, instance.outputs)
    operands = [None if t is None else _operand(k, t, k == operand) for k, t in enumerate(instance.operands)]
    out = denote(op, use, operands)[: instance.outputs]
    for said, t in zip(declared(instance), out, strict=True):
        claim = shape_statement("lemma", instance, said, t, leaves_of(instance))
        yield replace(claim, kind="refuted", expected=Verdict.REFUTED)


def _operand(k: int, t: TensorType, moved: bool) -> Tensor:
    x = variable(f"x{k}", t, Reading.IEEE)
    return Tensor(t.dtype, t.shape, lambda i: x[(*i[:-1], i[-1] + 1)], Reading.IEEE) if moved else x


def cases() -> Iterator[tuple[Instance, int]]:
    """Every operand of every instance that has an axis."""
    for uses in instances().values():
        for instance in uses:
            for k, t in enumerate(instance.operands):
                if t is not None and t.rank:
                    yield instance, k


def test_reads_too_far_are_refuted_by_arrays() -> None:
    killed = 0
    for instance, k in cases():
        if (instance.op, k) in UNREAD:
            continue
        refuted = any(falsify(claim) is not None for claim in too_far(instance, k))
        killed += refuted
        assert refuted or instance.op in AT_DATA, f"{instance.op}, operand {k} of {instance.operands}"
    assert killed >= 450


@pytest.mark.parametrize(("op", "operand"), [("Gather", 0), ("GatherND", 0), ("ReverseSequence", 1), ("ScatterND", 0)])
def test_reads_too_far_at_data_are_refuted_by_solvers(op: str, operand: int, tmp_path: Path) -> None:
    claims = list(too_far(instances()[op][0], operand))
    (r,) = prove_claims(claims, Settings(jobs=1, use_cache=False, cache_dir=tmp_path))
    assert r.verdict is Verdict.REFUTED and r.replayed


def test_unread_operands_are_not_read() -> None:
    for instance, k in cases():
        if (instance.op, k) in UNREAD:
            assert not any(falsify(claim) is not None for claim in too_far(instance, k))
