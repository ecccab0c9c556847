"""What NumPy calls the operations of terms."""

INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "idiv": "//",
    "imod": "%",
    "lt": "<",
    "le": "<=",
    "eq": "==",
    "peq": "==",
    "band": "&",
    "bor": "|",
    "bxor": "^",
    "shl": "<<",
    "ashr": ">>",
}
PREFIX = {"neg": "-", "not": "not ", "bnot": "~"}
CALLS = {
    "abs": "abs",
    "sqrt": "np.sqrt",
    "isnan": "np.isnan",
    "isinf": "np.isinf",
    "isfinite": "np.isfinite",
    "finite": "np.isfinite",
    "isneg": "np.signbit",
    "floor": "np.floor",
}
FUNCTIONS = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}
"""The elementary functions that NumPy has by another name."""
REDUCTIONS = {"sum": "sum", "prod": "np.prod", "bigmax": "max", "bigmin": "min", "forall": "all", "exists": "any"}
HELPERS = {  # NumPy leaves open which of +0 and -0 its minimum and maximum give
    "fmin": "lambda a, b: -(-a - b) if a == b == 0 else np.minimum(a, b)",
    "fmax": "lambda a, b: a + b if a == b == 0 else np.maximum(a, b)",
}
WORDS = {
    "div": "(({0} - np.fmod({0}, {1})) // {1})",
    "rem": "np.fmod({0}, {1})",
    "udiv": "({0}.view({u}) // {1}.view({u})).view({i})",
    "urem": "({0}.view({u}) % {1}.view({u})).view({i})",
    "lshr": "({0}.view({u}) >> {1}.view({u})).view({i})",
    "ult": "({0}.view({u}) < {1}.view({u}))",
    "ule": "({0}.view({u}) <= {1}.view({u}))",
    "zext": "{0}.view({u}).astype({to})",
    "cast": "{0}.astype({to})",
}
