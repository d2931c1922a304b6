r"""Texts of units, by a strict grammar; nothing is evaluated.

::

    unit     = factor { ("*" | "·" | "×" | "/" | space) factor }
    factor   = (name | number | "(" unit ")") [ power ]
    power    = ("**" | "^") exponent | superscripts
    exponent = [sign] digits ["." digits] | "(" [sign] digits ["/" digits] ")"

A space multiplies; after a division that is refused, as nobody can tell what it divides.
"""
import re
from fractions import Fraction
from typing import NoReturn

from torsor.units.errors import UnitParseError
from torsor.units.unit import Unit, dimensionless, power, product, quotient

_LONGEST = 1000
_DEEPEST = 50
_SUPERSCRIPTS = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ"
_TO_PLAIN = str.maketrans(_SUPERSCRIPTS, "+-0123456789/")
_SAME = str.maketrans("⋅∙−\u2126\u212b\u212a", "··-ΩÅK")         # other code points of the same signs
_TOKEN = re.compile(rf"""
    (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>Δ?[°%‰]?(?:(?![{_SUPERSCRIPTS}\d])\w)(?:(?![{_SUPERSCRIPTS}])\w)*|[%‰°])
  | (?P<superscript>[{_SUPERSCRIPTS}]+)
  | (?P<operator>\*\*|[*·×/^()+-])
  | (?P<space>\s+)
""", re.VERBOSE)


def parse(text: str, find=None) -> Unit:
    """The unit that a text names.

    Parameters
    ----------
    text : str
        Such as ``"kg*m/s**2"``, ``"kg·m/s²"``, ``"W/(m**2 K)"`` or ``"1e-6 m"``.
    find : callable, optional
        The unit of a name, or None where it has none; by default every unit of the catalogue.

    Raises
    ------
    UnitParseError
        If it is no unit; says where.

    Examples
    --------
    >>> str(parse("kg*m/s**2"))
    'kg·m/s²'
    """
    if not isinstance(text, str):
        raise TypeError(f"a unit is parsed from a str, not {type(text).__name__}")
    if len(text) > _LONGEST:
        raise UnitParseError(f"a unit has at most {_LONGEST} characters")
    if find is None:
        from torsor.units.registry import find
    return _Parser(text, find).whole()


class _Parser:
    def __init__(self, text, find):
        self.text, self.find, self.depth = text, find, 0
        self.tokens, self.at = [], 0
        position, plain = 0, text.translate(_SAME)
        while position < len(text):
            match = _TOKEN.match(plain, position)
            if match is None:
                raise UnitParseError(f"unexpected character {text[position]!r}", text, position)
            self.tokens.append((match.lastgroup, match.group(), position))
            position = match.end()
        self.tokens.append(("end", "", len(text)))

    def fail(self, message, token=None) -> NoReturn:
        raise UnitParseError(message, self.text, (token or self.tokens[self.at])[2])

    def skip_space(self) -> bool:
        found = self.tokens[self.at][0] == "space"
        self.at += found
        return found

    def operator(self, *wanted) -> str:
        kind, text, _ = self.tokens[self.at]
        if kind == "operator" and text in wanted:
            self.at += 1
            return text
        return ""

    def whole(self) -> Unit:
        self.skip_space()
        if self.tokens[self.at][0] == "end":
            return dimensionless
        result = self.unit()
        if self.tokens[self.at][0] != "end":
            self.fail(f"unexpected {self.tokens[self.at][1]!r}")
        return result

    def unit(self) -> Unit:
        result, divided = self.factor(), False
        while True:
            spaced = self.skip_space()
            kind, text, _ = token = self.tokens[self.at]
            if kind == "end" or text == ")":
                return result
            sign = self.operator("*", "·", "×", "/")
            if not sign and not spaced:
                self.fail(f"unexpected {text!r}")
            if not sign and divided:
                self.fail("after a division write * or parentheses", token)
            divided = divided or sign == "/"
            self.skip_space()
            try:
                result = (quotient if sign == "/" else product)(result, self.factor())
            except UnitParseError:
                raise
            except ValueError as error:
                self.fail(str(error), token)

    def factor(self) -> Unit:
        kind, text, position = token = self.tokens[self.at]
        self.at += 1
        if kind == "name":
            base = self.find(text)
            if base is None:
                self.fail(f"unknown unit {text!r}", token)
        elif kind == "number":
            base = number(text, self.text, position)
        elif text == "(":
            self.depth += 1
            if self.depth > _DEEPEST:
                self.fail("too many parentheses", token)
            self.skip_space()
            base = self.unit()
            if not self.operator(")"):
                self.fail("expected )")
            self.depth -= 1
        else:
            self.fail("expected a unit" if kind == "end" else f"expected a unit, not {text!r}", token)
        p = self.power()
        if p is None:
            return base
        try:
            return power(base, p)
        except ValueError as error:
            self.fail(str(error), token)

    def power(self):
        kind, text, position = self.tokens[self.at]
        if kind == "superscript":
            self.at += 1
            return self.exact(text.translate(_TO_PLAIN), position)
        if not self.operator("**", "^"):
            return None
        if self.operator("("):
            written, start = "", self.tokens[self.at][2]
            while self.tokens[self.at][1] not in (")", ""):
                written += self.tokens[self.at][1]
                self.at += 1
            if not self.operator(")"):
                self.fail("expected )")
            return self.exact(written.strip(), start)
        sign = self.operator("+", "-")
        kind, text, position = self.tokens[self.at]
        if kind != "number":
            self.fail("expected an exponent")
        self.at += 1
        return self.exact(sign + text, position)

    def exact(self, text, position) -> Fraction:
        if not re.fullmatch(r"[+-]?\s*([0-9]{1,6}(\.[0-9]{1,12})?|[0-9]{1,6}\s*/\s*[0-9]{1,6})", text):
            raise UnitParseError(f"{text!r} is no exponent", self.text, position)
        try:
            return Fraction("".join(text.split()))
        except ZeroDivisionError:
            raise UnitParseError("an exponent divides by zero", self.text, position) from None


def number(text, whole="", position=0) -> Unit:
    """A decimal number as a unit of dimension one."""
    _, _, exponent = text.lower().partition("e")
    if len(exponent.lstrip("+-")) > 3 or len(text) > 60 or abs(int(exponent or 0)) > 300:
        raise UnitParseError(f"the number {text!r} is too long", whole, position)
    value = Fraction(text)
    if value <= 0:
        raise UnitParseError("a unit cannot be zero", whole, position)
    if value == 1:
        return dimensionless
    return Unit(text, scale=value)
