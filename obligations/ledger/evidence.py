"""What speaks for an axiom so far."""

from __future__ import annotations

from collections.abc import Mapping

from ..claims import Claim


def gather(axioms: Mapping[str, Claim]) -> dict[str, str]:
    """The evidence for each axiom, by name; axioms for which nothing speaks are left out."""
    found = {
        name: ", ".join(v for word, vs in a.clauses if word == "evidence" for v in vs) for name, a in axioms.items()
    }
    return {name: text for name, text in found.items() if text}
