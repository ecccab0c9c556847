"""Errors of names, types and meaning: PB2xx."""

from .base import ContractError


class UnknownName(ContractError, code="PB201"):
    """A name is bound nowhere.

    Names are parameters, bound variables, definitions of this file and of the files that it uses, and the built-in
    functions. The hint suggests the nearest known name.

    What to do: correct the spelling, or add `use FILE` for the file that defines it.
    """


class DuplicateName(ContractError, code="PB202"):
    """Two things in one scope have the same name.

    Example: two theorems called `add_comm` in one file, or a parameter that occurs twice. A bound variable may hide a
    parameter; two declarations or two parameters may not share a name.

    What to do: rename one.
    """


class WrongType(ContractError, code="PB203"):
    """An expression has another type than its place asks for.

    Example: `i + x` with `i : int` and `x : float32`. Integers become reals where they meet reals, and literals take
    the type of their surroundings; every other conversion is written: `real(x)`, `ereal(x)`, `cast(x, float32)`.

    What to do: convert, or correct the declaration of the parameter.
    """


class ShapeMismatch(ContractError, code="PB204"):
    """Two tensors that must have the same dimensions have different ones.

    Example: adding a `real[2]` to a `real[3]`. Sizes that may be equal, such as `n` and `m`, are no error: their
    equality becomes an obligation. This error means that they never are, or that the ranks differ.

    What to do: correct the shapes; there is no broadcasting except of scalars.
    """


class CannotInfer(ContractError, code="PB205"):
    """An implicit argument or the type of an expression cannot be found from its surroundings.

    Example: a literal that meets no typed operand, or a definition whose size `{n : size}` occurs in no explicit
    argument.

    What to do: convert a literal (`cast(1, float32)`), or make the parameter explicit.
    """


class NotAProposition(ContractError, code="PB206"):
    """A value stands where a statement must.

    Statements, hypotheses, filters, conditions of `if` and the operands of `and` are propositions: comparisons, Boolean
    values and their combinations. A tensor of Booleans means that all are true.

    What to do: say what is claimed of the value, for example `x = 0`.
    """


class WrongArity(ContractError, code="PB207"):
    """A function is given too few or too many arguments, or a tensor too many indices.

    What to do: the message gives both counts. Implicit parameters, in braces, are never written at a call.
    """


class UnknownType(ContractError, code="PB208"):
    """A type has no meaning here.

    Types are `int`, `nat`, `size`, `bool`, `real`, `ereal`, `float16`, `bfloat16`, `float32`, `float64`, `bits w`,
    `index n`, tensors `T[n, m]`, functions `A -> B`, tuples `(a : T, b : U)`, and type variables, which are declared:
    `{α : scalar}`, `{R : ring}`, `{F : float}`.

    What to do: correct the spelling or declare the variable.
    """


class UnknownLemma(ContractError, code="PB209"):
    """`using` names a fact that is known nowhere.

    Facts are axioms, theorems and lemmas that stand before this claim in its file or in a used file. A refuted twin is
    no fact.

    What to do: correct the spelling, add `use FILE`, or move the claim up.
    """


class CircularUse(ContractError, code="PB210"):
    """Files use one another in a circle, or a definition calls itself.

    A circle of proofs would prove anything, so files form an acyclic graph, and a declaration sees only what stands
    before it.

    What to do: move what both need into a third file.
    """


class NotAFunction(ContractError, code="PB211"):
    """Something is applied or indexed that is neither a function nor a tensor.

    Example: `x(1)` or `x[i]` with `x : real`.

    What to do: check the declaration of the name; `f(a)` applies definitions and function parameters, `x[i]` reads
    tensors and functions.
    """


class UnknownField(ContractError, code="PB212"):
    """A tuple has no field of that name, or a value that is no tuple is asked for a field.

    What to do: the message lists the fields.
    """


class NotDefinedOn(ContractError, code="PB213"):
    """An operation does not exist on values of this type.

    Example: `<` on a ring element, `/` on `int` (say `div`, which rounds down), `exp` of a Boolean. This is about the
    type; an operation that is undefined at some values, such as division by zero, becomes an obligation instead.

    What to do: use the operation of the type, or convert.
    """


class BadLiteral(ContractError, code="PB214"):
    """A literal has no value of the type that its place asks for.

    Example: `0.5` where an `int` is needed, `300` in `bits 8`, `inf` in `real`. Float literals are rounded to nearest
    even; no other type rounds.

    What to do: write a value of the type, or change the type.
    """


class WrongGroup(ContractError, code="PB215"):
    """An axes group is used where it does not fit.

    Example: an index map of group `B` reads a tensor over group `C`, a size map is compared with an integer, or `..`
    stands where no group is implicit.

    What to do: name the group (`B..`) or give an index of the right group.
    """


class BadHint(ContractError, code="PB216"):
    """A proof hint does not fit its claim.

    Example: `by induction x` where x is no natural or size parameter, a `calc` chain whose ends are not those of the
    statement, `generalizing` a name that is no parameter.

    What to do: the message says what does not fit. A hint never changes what is claimed.
    """


class BadClause(ContractError, code="PB217"):
    """A clause has a value that means nothing, or stands at a declaration of the wrong kind.

    Example: `expect prooved`, `under fast_math`, `twin_of` a claim that does not exist, `auto` at a theorem.

    What to do: the message lists the possible values.
    """


class DimensionUnknown(ContractError, code="PB218"):
    """The dimensions of a tensor expression cannot be read off its form.

    Example: a conditional whose branches have dimensions that depend on different bound variables.

    What to do: write the tensor as a comprehension `[i < n] => …`, whose sizes are stated.
    """


class TooLarge(ContractError, code="PB219"):
    """A declaration grows beyond all limits when its definitions are unfolded.

    Definitions are unfolded at each use, so a chain of definitions that each use the previous one twice doubles with
    every link.

    What to do: state and prove lemmas about the inner definitions, or bind repeated parts with `let`.
    """


class BadParameter(ContractError, code="PB220"):
    """A parameter is declared in a way that has no meaning.

    Example: `{x : real}` (only sizes, groups, type variables, maps and runtimes can be implicit), a hypothesis in
    braces, `(C : axes)` written as an explicit parameter of a theorem that never uses it in a type.

    What to do: move the parameter to the right kind of bracket.
    """
