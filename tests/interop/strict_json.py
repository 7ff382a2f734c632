"""JSON (RFC 8259) read strictly, as P-JWS wants it, and written with chosen tokens.

The reader refuses duplicate members, lone surrogates, invalid UTF-8 and deep nesting, and remembers
where each member value stood, so that an embedded container can be kept as its exact sub-text.
"""

import json
import re

from keys import Rejected

MAX_DEPTH = 16

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_HEX4 = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = (("true", True), ("false", False), ("null", None))


class Document:
    """`value` is the parsed value; `subtext(path)` the exact octets of a member value."""

    def __init__(self, octets, max_depth=MAX_DEPTH):
        try:
            self._text = octets.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Rejected("P-JWS UTF-8") from error
        self._max_depth = max_depth
        self._spans = {}
        self._at = 0
        self._space()
        self.value = self._value((), 0)
        self._space()
        if self._at != len(self._text):
            raise Rejected("JSON: text behind the value")

    def subtext(self, *path):
        start, end = self._spans[path]
        return self._text[start:end].encode("utf-8")

    def _space(self):
        self._at = _SPACE.match(self._text, self._at).end()

    def _peek(self):
        return self._text[self._at : self._at + 1]

    def _expect(self, char):
        if self._peek() != char:
            raise Rejected(f"JSON: {char!r} expected at {self._at}")
        self._at += 1

    def _value(self, path, depth):
        start = self._at
        char = self._peek()
        if char in ("{", "["):
            if depth + 1 > self._max_depth:
                raise Rejected("P-JWS depth")
            value = self._object(path, depth + 1) if char == "{" else self._array(path, depth + 1)
        elif char == '"':
            value = self._string()
        else:
            value = self._scalar()
        self._spans[path] = (start, self._at)
        return value

    def _object(self, path, depth):
        members = {}
        self._expect("{")
        self._space()
        if self._peek() == "}":
            self._at += 1
            return members
        while True:
            self._space()
            name = self._string()
            if name in members:
                raise Rejected("P-JWS duplicate member")
            self._space()
            self._expect(":")
            self._space()
            members[name] = self._value(path + (name,), depth)
            self._space()
            if self._peek() == "}":
                self._at += 1
                return members
            self._expect(",")

    def _array(self, path, depth):
        items = []
        self._expect("[")
        self._space()
        if self._peek() == "]":
            self._at += 1
            return items
        while True:
            self._space()
            items.append(self._value(path + (len(items),), depth))
            self._space()
            if self._peek() == "]":
                self._at += 1
                return items
            self._expect(",")

    def _scalar(self):
        for token, value in _LITERALS:
            if self._text.startswith(token, self._at):
                self._at += len(token)
                return value
        match = _NUMBER.match(self._text, self._at)
        if not match:
            raise Rejected(f"JSON: value expected at {self._at}")
        self._at = match.end()
        if match.group(1) or match.group(2):
            return float(match.group())
        return int(match.group())

    def _string(self):
        self._expect('"')
        parts = []
        while True:
            match = _PLAIN.match(self._text, self._at)
            parts.append(match.group())
            self._at = match.end()
            char = self._peek()
            if char == '"':
                self._at += 1
                return "".join(parts)
            self._expect("\\")
            parts.append(self._escape())

    def _escape(self):
        char = self._peek()
        self._at += 1
        if char in _ESCAPES and char:
            return _ESCAPES[char]
        if char != "u":
            raise Rejected("JSON: escape")
        unit = self._hex4()
        if 0xDC00 <= unit <= 0xDFFF:
            raise Rejected("P-JWS lone surrogate")
        if 0xD800 <= unit <= 0xDBFF:
            if self._text[self._at : self._at + 2] != "\\u":
                raise Rejected("P-JWS lone surrogate")
            self._at += 2
            low = self._hex4()
            if not 0xDC00 <= low <= 0xDFFF:
                raise Rejected("P-JWS lone surrogate")
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        return chr(unit)

    def _hex4(self):
        match = _HEX4.match(self._text, self._at)
        if not match:
            raise Rejected("JSON: escape")
        self._at = match.end()
        return int(match.group(), 16)


class Raw(str):
    """A JSON token to be written exactly as it stands."""


class Pairs(list):
    """Members of an object as (name, value) pairs: order kept, duplicates possible."""


def dump(value):
    """Compact JSON text (str) that honours Raw and Pairs."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (dict, Pairs)):
        pairs = value.items() if isinstance(value, dict) else value
        return "{" + ",".join(f"{dump(str(name))}:{dump(item)}" for name, item in pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dump(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def nested(levels):
    """A JSON token of `levels` arrays within each other."""
    return Raw("[" * levels + "]" * levels)
