"""Which lemmas there are, by name.  Listing them makes no term; a claim is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, Protocol

from ...claims import Claim, Location, Verdict
from .instances import instances
from .notation import Instance
from .twins import TWINS, Twin

FAMILY: Final = "ops"


class Make(Protocol):
    """Makes the claim of that name."""

    def __call__(self, name: str) -> Claim:
        """The claim."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A lemma that can be made, and what a list of claims shows of it."""

    name: str
    kind: str
    expected: Verdict
    doc: str
    op: str
    make: Make

    @property
    def location(self) -> Location:
        """Where the operator's denotation stands."""
        from ....ir.operators import find
        from .texts import location

        return Location(*location(find(self.op)))


@cache
def listed() -> dict[str, Listed]:
    """All lemmas by name, in order of operators; the refuted twins last."""
    out: list[Listed] = []
    for op, uses in instances().items():
        for k, use in enumerate(uses):
            for output in range(use.outputs):
                end = (f"_{k + 1}" if k else "") + (f"_output{output + 1}" if output else "")
                if not use.unproved:
                    out.append(_listed(f"{FAMILY}.{op}.shape{end}", "theorem", use, partial(_shape, use, output)))
                out.append(
                    _listed(f"{FAMILY}.{op}.preservation{end}", "rewrite", use, partial(_preservation, use, output))
                )
    for twin in TWINS:
        name = f"{FAMILY}.{twin.right.op}.{twin.name}"
        out.append(Listed(name, "refuted", Verdict.REFUTED, twin.doc, twin.right.op, partial(_wrong, twin)))
    return {lemma.name: lemma for lemma in out}


def _listed(name: str, kind: str, use: Instance, make: Make) -> Listed:
    return Listed(name, kind, Verdict.PROVED, use.note, use.op, make)


def unproved() -> dict[str, str]:
    """The shape lemmas that no solver shows, and which are therefore no claims, with the reason why not."""
    return {
        f"{FAMILY}.{op}.shape" + (f"_{k + 1}" if k else ""): use.unproved
        for op, uses in instances().items()
        for k, use in enumerate(uses)
        if use.unproved
    }


def claims(names: Iterable[str] | None = None) -> list[Claim]:
    """The lemmas of those names, or all."""
    known = listed()
    return [known[name].make(name=name) for name in (known if names is None else names)]


# What makes terms is imported when the first claim is asked for.


def _shape(use: Instance, output: int, name: str) -> Claim:
    from .build import shape_claim

    return shape_claim(name, use, output)


def _preservation(use: Instance, output: int, name: str) -> Claim:
    from .build import preservation_claim

    return preservation_claim(name, use, output)


def _wrong(twin: Twin, name: str) -> Claim:
    from .wrong import wrong_claim

    return wrong_claim(name, twin)
