"""Journals: a hash chain of lines (JRN), one's own or a view of another node's."""

import re

from keys import Rejected, hash_text, is_hash

_LINE = re.compile(r"([A-Za-z0-9_-]{86})@([A-Za-z0-9_-]{86})/([A-Za-z0-9_-]{86})\Z", re.ASCII)


class Line:
    """`NUMBER@PUBLISHER/RESOURCE`."""

    def __init__(self, text):
        match = _LINE.match(text) if isinstance(text, str) else None
        if not match or not all(is_hash(part) for part in match.groups()):
            raise Rejected(f"JRN-3 line {text!r}")
        self.text = text
        self.number, self.publisher, self.resource = match.groups()


def number_after(line_text):
    """JRN-4: the number of the line that follows this one."""
    return hash_text(line_text.encode("ascii"))


class Journal:
    """Full lines, the node's fingerprint first; good for an own journal and for a copy of another's."""

    def __init__(self, fingerprint, lines=()):
        self.fingerprint = fingerprint
        self.lines = [fingerprint]
        for line in lines:
            self.accept(line)

    @property
    def entries(self):
        return self.lines[1:]

    @property
    def last_known(self):
        """The value `since` has for the newest line: its number, or the first line itself."""
        return self.number_of(len(self.lines) - 1)

    def number_of(self, index):
        return self.lines[0] if index == 0 else Line(self.lines[index]).number

    def next_line(self, publisher, resource):
        return f"{number_after(self.lines[-1])}@{publisher}/{resource}"

    def append(self, publisher, resource):
        line = self.next_line(publisher, resource)
        self.lines.append(line)
        return line

    def accept(self, line):
        """Adds a foreign line after checking that it continues the chain."""
        if Line(line).number != number_after(self.lines[-1]):
            raise Rejected("JRN-4 chain broken")
        self.lines.append(line)

    def after(self, since, limit=None):
        """(since, entries) of an answer; an unknown `since` is answered from the beginning."""
        for index in range(len(self.lines)):
            if self.number_of(index) == since:
                break
        else:
            since, index = self.fingerprint, 0
        rest = self.lines[index + 1 :]
        return since, rest if limit is None else rest[:limit]

    def resources(self):
        return [Line(line).resource for line in self.entries]


def check_chain(since_line, entries):
    """Rejected unless the entries continue the given full line."""
    previous = since_line
    for entry in entries:
        if Line(entry).number != number_after(previous):
            raise Rejected("JRN-4 chain broken")
        previous = entry
