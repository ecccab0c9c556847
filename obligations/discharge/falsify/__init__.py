"""Falsification: looking for values that refute a claim, before any solver is asked.

``falsify(claim)`` searches, ``replay(claim, env)`` judges values exactly, ``shrink(claim, counterexample)`` makes them
small, ``from_model(claim, model)`` turns a solver's model into values, ``witness(claim)`` shows that the hypotheses can
be met.
"""

from .judging import Replay
from .model import Model, from_model, from_models
from .report import Counterexample
from .search import Budget, Witness, falsify, replay, witness
from .shrink import shrink

__all__ = [
    "Budget",
    "Counterexample",
    "Model",
    "Replay",
    "Witness",
    "falsify",
    "from_model",
    "from_models",
    "replay",
    "shrink",
    "witness",
]
