"""Which lemmas there are, by name.  Listing them makes no term; a claim has none before they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, Protocol

from ...claims import Claim, Location, Verdict
from ...generated import generated
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
    """A lemma that can be made, and what a list of claims shows of it; ``identity`` is what it is made from."""

    name: str
    kind: str
    expected: Verdict
    doc: str
    op: str
    identity: tuple[str, ...]
    make: Make

    @property
    def location(self) -> Location:
        """Where the operator's denotation stands."""
        return _location(self.op)

    @property
    def claim(self) -> Claim:
        """The lemma, whose terms are made when they are asked for."""
        return generated(
            self.name,
            self.kind,
            self.expected,
            family=FAMILY,
            doc=self.doc,
            identity=self.identity,
            make=partial(self.make, name=self.name),
            place=partial(_location, self.op),
        )


@cache
def _location(op: str) -> Location:
    from ....ir.operators import find
    from .texts import location

    return Location(*location(find(op)))


@cache
def listed() -> dict[str, Listed]:
    """All lemmas by name, in order of operators; the refuted twins last."""
    out: list[Listed] = []
    for uses in instances().values():
        for k, use in enumerate(uses):
            for output in range(use.outputs):
                end = (f"_{k + 1}" if k else "") + (f"_output{output + 1}" if output else "")
                if not use.unproved:
                    out.append(_listed("shape", end, "theorem", use, output, _shape))
                out.append(_listed("preservation", end, "rewrite", use, output, _preservation))
    for twin in TWINS:
        name = f"{FAMILY}.{twin.right.op}.{twin.name}"
        op, about = twin.right.op, twin.identity
        out.append(Listed(name, "refuted", Verdict.REFUTED, twin.doc, op, about, partial(_wrong, twin)))
    return {lemma.name: lemma for lemma in out}


def _listed(
    about: str, end: str, kind: str, use: Instance, output: int, make: Callable[[Instance, int, str], Claim]
) -> Listed:
    name = f"{FAMILY}.{use.op}.{about}{end}"
    identity = (about, str(output), *use.identity)
    return Listed(name, kind, Verdict.PROVED, use.note, use.op, identity, partial(make, use, output))


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
    return [known[name].claim for name in (known if names is None else names)]


# What makes terms is imported when the first of them is asked for.


def _shape(use: Instance, output: int, name: str) -> Claim:
    from .build import shape_claim

    return shape_claim(name, use, output)


def _preservation(use: Instance, output: int, name: str) -> Claim:
    from .build import preservation_claim

    return preservation_claim(name, use, output)


def _wrong(twin: Twin, name: str) -> Claim:
    from .wrong import wrong_claim

    return wrong_claim(name, twin)
