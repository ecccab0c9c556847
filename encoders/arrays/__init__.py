"""The NumPy reading: what a term is on concrete arrays.

``evaluate(terms, env, mode)`` gives values; ``decide(term, env)`` gives True, False or None for a proposition, exactly;
``tabulate`` gives a tensor as an array.  ``Env`` holds ranks of groups, carriers of element types, values of variables.
"""

from .algebra import Mode
from .environment import Env
from .integers import Ring, Scalars
from .reading import decide, evaluate, tabulate

__all__ = ["Env", "Mode", "Ring", "Scalars", "decide", "evaluate", "tabulate"]
