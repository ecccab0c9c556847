"""Values in the text form: numbers, texts, element types, sizes, and tuples of them.

A value is read by descent: sums of products of powers, all grouping to the left.  Arithmetic on integers is done at
once; with a symbol in it, the value is a size, in normal form.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NoReturn

from ...theories.terms import build as b
from ...theories.terms.sorts import INT
from ...theories.terms.term import Term
from .. import dims
from ..operators import Attr
from .words import DIGITS, ELEMENTS, Token, nan_of, unquoted
from .writer import EXTENT, extent

_DEPTH: Final = 60
_BITS: Final = 2048
_EXPONENT: Final = 64
_WORDS: Final[Mapping[str, Attr]] = {
    "none": None, "true": True, "false": False, "inf": math.inf, "nan": math.nan, **ELEMENTS,
}  # fmt: skip


def _itself(t: Term) -> Term:
    return t


_CALLS: Final[Mapping[str, tuple[int | None, Callable[..., Term]]]] = {
    "max": (2, b.maximum), "min": (2, b.minimum), "abs": (1, b.absolute), "if": (3, b.ite), "require": (2, b.require),
    "lt": (2, b.lt), "le": (2, b.le), "eq": (2, b.eq), "and": (None, b.conj), "or": (None, b.disj), "not": (1, b.negate),
    "size": (1, _itself),
}  # fmt: skip
"""Operations that are written as calls, with the number of their operands."""
_BINARY: Final[Mapping[str, Callable[[Term, Term], Term]]] = {
    "+": b.add, "-": b.sub, "*": b.mul, "div": b.idiv, "mod": b.imod,
}  # fmt: skip


class Values(ABC):
    """Words, and the place up to which they are read."""

    def __init__(self, words: Sequence[Token], symbols: Mapping[str, Term]) -> None:
        self._words = words
        self._at = 0
        self._symbols = symbols
        self._depth = 0

    @abstractmethod
    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Raise an error at ``token``, else at the next word."""
        raise NotImplementedError

    # -- words --

    @property
    def here(self) -> Token:
        """The next word."""
        return self._words[self._at]

    def next(self) -> Token:
        """The next word, taken."""
        token = self.here
        if token.kind == "end":
            self.fail("the line ends too early")
        if token.kind == "bad":
            self.fail(f"{token.text!r} begins no word")
        self._at += 1
        return token

    def take(self, text: str) -> bool:
        """Whether the next word is ``text``, which is then taken."""
        if self.here.text != text or self.here.kind not in ("sign", "name"):
            return False
        self._at += 1
        return True

    def sign(self, text: str) -> None:
        """Take ``text``, which must stand here."""
        if not self.take(text):
            self.fail(f"{text} must stand here")

    def name(self, what: str) -> str:
        """Take a name, quoted or not."""
        if self.here.kind not in ("name", "quoted"):
            self.fail(f"{what} must stand here")
        return self._unquoted(self.next()) if self.here.kind == "quoted" else self.next().text

    def _unquoted(self, token: Token) -> str:
        text = unquoted(token.text)
        return self.fail("an escape means nothing here", token) if text is None else text

    # -- values --

    def value(self) -> Attr:
        """A value; sizes in normal form."""
        at = self.here
        return self._normal(self._sum(), at)

    def _normal(self, value: Attr, at: Token) -> Attr:
        if not isinstance(value, Term):
            return value
        if value.sort is not INT:
            self.fail("a condition is no value", at)
        size = dims.size(value)
        if extent(size) > EXTENT:
            self.fail(f"a size has more than {EXTENT} operations", at)
        return size

    def _sum(self) -> Attr:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Attr:
        return self._chain(("*", "div", "mod"), self._unary)

    def _chain(self, signs: Sequence[str], operand: Callable[[], Attr]) -> Attr:
        left = operand()
        while self.here.text in signs and self.here.kind in ("sign", "name"):
            sign = self.next()
            left = self._apply(_BINARY[sign.text], sign, left, operand())
        return left

    def _unary(self) -> Attr:
        if self.here.text != "-":
            return self._power()
        sign = self.next()
        found = self._nested(self._unary)
        if isinstance(found, float):
            return -found
        return self._apply(b.neg, sign, found)

    def _power(self) -> Attr:
        base = self._atom()
        if self.here.text != "^":
            return base
        sign = self.next()
        exponent = self.next()
        if exponent.kind != "int" or len(exponent.text) > 2 or int(exponent.text) > _EXPONENT:
            self.fail(f"an exponent is a number up to {_EXPONENT}", exponent)

        def power(t: Term) -> Term:
            return b.power(t, int(exponent.text))

        return self._apply(power, sign, base)

    def _atom(self) -> Attr:
        token = self.next()
        match token.kind:
            case "int":
                if len(token.text) > DIGITS:
                    self.fail(f"an integer has more than {DIGITS} digits", token)
                return int(token.text)
            case "float":
                return float(token.text)
            case "nan":
                found = nan_of(token.text)
                return self.fail("this is not the pattern of a NaN", token) if found is None else found
            case "text":
                return self._unquoted(token)
            case "quoted":
                return self._symbol(self._unquoted(token), token)
            case "name":
                return self._word(token)
            case _:
                if token.text == "(":
                    return self._nested(self._tuple)
                self.fail("a value must stand here", token)

    def _word(self, token: Token) -> Attr:
        if token.text in _WORDS:
            return _WORDS[token.text]
        if not self.take("("):
            return self._symbol(token.text, token)
        if token.text not in _CALLS:
            self.fail(f"there is no operation {token.text} of sizes", token)
        count, build = _CALLS[token.text]
        operands = self._nested(lambda: self._items([self._sum()]))
        if count not in (None, len(operands)):
            self.fail(f"{token.text} takes {count} operands, not {len(operands)}", token)
        return self._made(build, token, [self._term(x, token) for x in operands])

    def _symbol(self, name: str, token: Token) -> Term:
        return self._symbols[name] if name in self._symbols else self.fail(f"symbol {name} is not declared", token)

    def _tuple(self) -> Attr:
        """What follows an opening bracket: a tuple if there is a comma or nothing, else a value in brackets."""
        if self.take(")"):
            return ()
        at = self.here
        first = self._sum()
        if self.take(")"):
            return first
        if self.here.text != ",":
            self.fail(") must stand here")
        return tuple(self._normal(x, at) for x in self._items([first]))

    def _items(self, out: list[Attr]) -> list[Attr]:
        """The rest of a list, through its closing bracket."""
        while self.take(","):
            if self.here.text == ")":
                break
            out.append(self._sum())
        self.sign(")")
        return out

    def _nested(self, read: Callable[[], Attr]) -> Attr:
        self._depth += 1
        if self._depth > _DEPTH:
            self.fail(f"brackets are nested more than {_DEPTH} deep")
        found = read()
        self._depth -= 1
        return found

    def _term(self, value: Attr, at: Token) -> Term:
        if isinstance(value, Term):
            return value
        if isinstance(value, bool):
            return b.boolean(value)
        return b.integer(value) if isinstance(value, int) else self.fail(f"{at.text} takes sizes", at)

    def _apply(self, build: Callable[..., Term], sign: Token, *operands: Attr) -> Attr:
        """An operation; on integers its value, unless it has none (``1 div 0``)."""
        out = self._made(build, sign, [self._term(x, sign) for x in operands])
        if any(isinstance(x, Term) for x in operands):
            return out
        value = dims.literal(dims.size(out))
        if value is None:
            return out
        if value.bit_length() > _BITS:
            self.fail(f"an integer has more than {_BITS} bits", sign)
        return value

    def _made(self, build: Callable[..., Term], at: Token, operands: Sequence[Term]) -> Term:
        try:
            return build(*operands)
        except b.SortError:
            self.fail(f"{at.text} is not defined on these operands", at)
