"""Proof obligations for machine-learning systems, discharged and ledgered."""

import time
from pathlib import Path
from typing import Final

__version__ = "0.1.0"
STARTED: Final = time.time_ns()
"""When the first module was loaded, in nanoseconds since the epoch."""

# In a checkout the four source folders are siblings of this one; the links to them may be missing (Windows, some copies).
_here = Path(__file__).parent
if not (_here / "ir").is_dir():
    __path__.append(str(_here.parent))
