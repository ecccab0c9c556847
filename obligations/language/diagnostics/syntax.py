"""Errors of the text itself: PB1xx."""

from .base import ContractError


class NotText(ContractError, code="PB100"):
    """The file is not UTF-8 text.

    Contract files are Unicode text in UTF-8, without NUL characters. The error names the offset of the first byte that
    cannot be read. It says nothing about the contents; nothing of the file was checked.

    What to do: save the file as UTF-8 (in most editors, "Save with encoding").
    """


class UnexpectedCharacter(ContractError, code="PB101"):
    """A character begins no word, number or sign of the language.

    Example: `x $ y`, or a quotation mark copied from a web page.

    What to do: the operators and their ASCII and Unicode spellings are listed in `docs/language.md`; comments begin
    with `--`.
    """


class UnexpectedToken(ContractError, code="PB102"):
    """The text is made of known words, but they cannot stand in this order.

    Example: `theorem t (x : real) x = x` lacks the colon between parameters and statement. The hint lists what could
    have stood there.

    What to do: compare the form with the one in `docs/language.md`. The place of the error is the first word that fits
    no reading; the cause may lie before it (an unclosed bracket, a missing `in` or `then`).
    """


class UnexpectedEnd(ContractError, code="PB103"):
    """The file ends in the middle of a declaration.

    Example: `theorem t (x : real) : x =`.

    What to do: finish the declaration. If the file looks complete, a bracket is open, or the file was truncated.
    """


class Unclosed(ContractError, code="PB104"):
    """A documentation comment or a string has no end.

    A documentation comment is `/-- … -/` and may span lines; a string is `"…"` on one line, with `\\"` for a quotation
    mark and `\\\\` for a backslash.

    What to do: add the closing `-/` or `"`.
    """


class ReservedName(ContractError, code="PB105"):
    """A word of the language stands where a name must.

    Example: `def count (n : nat) : nat = n`. Words such as `count`, `sum`, `if`, `mod` cannot be names, because the
    text would be ambiguous. Words of SMT-LIB or of Python (`assert`, `lambda`, `select`) can.

    What to do: choose another name.
    """


class TooDeep(ContractError, code="PB106"):
    """Expressions or brackets are nested more deeply than the language allows.

    The limit is 200 levels of nesting (a chain such as `a + b + c + …` is one level, whatever its length) and 20,000
    links in one chain. It keeps every later stage within its stack, and no reader follows deeper nesting anyway.

    What to do: name parts of the expression with `let` or `def`.
    """


class NumberTooLarge(ContractError, code="PB107"):
    """A number has too many digits, or its exponent is out of all proportion.

    A literal may have 1,000 characters and a decimal exponent up to 10,000 in size. Literals are exact rationals, so
    `1e1000000000` would be an integer of a billion digits.

    What to do: write the number as a product of powers, or name it as a parameter with hypotheses.
    """


class FileTooLarge(ContractError, code="PB108"):
    """A contract file is longer than 4,000,000 characters.

    What to do: split it; `use` joins files again.
    """


class DanglingDoc(ContractError, code="PB109"):
    """A documentation comment `/-- … -/` is not followed by a declaration that it could document.

    `use` takes none, and two in a row would leave one without an owner.

    What to do: write an ordinary comment, `-- …`, or move it to the front of the declaration.
    """


class BadExponent(ContractError, code="PB110"):
    """The exponent of `^` is not a natural literal.

    `x ^ 3` is a product of three factors in any ring; `x ^ y` with a variable exponent has no such reading and is not
    part of the language.

    What to do: write `exp(y * log(x))` over the reals, under `0 < x`, or a product `prod (k < n) x` for a natural n.
    """


class Misplaced(ContractError, code="PB111"):
    """A form stands where it has no meaning.

    `..` and `_` are items of an index list (`x[.., i, _]`), and `_` is the left side of a later `calc` step. A
    `rewrite` states `left => right`, a `theorem` a proposition.

    What to do: the message says which form is out of place; see `docs/language.md` for where it may stand.
    """


class RepeatedClause(ContractError, code="PB112"):
    """A clause, a hint, a field or a bound name that may stand once stands twice.

    Example: two `expect` clauses at one claim, `(a = 1, a = 2)`, `sum (i < n, i < m) …`.

    What to do: remove or rename one of them.
    """
