"""Proof obligations for machine-learning systems, discharged and ledgered."""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout the four source folders are siblings of this one; the links to them may be missing (Windows, some copies).
_here = Path(__file__).parent
if not (_here / "ir").is_dir():
    __path__.append(str(_here.parent))
