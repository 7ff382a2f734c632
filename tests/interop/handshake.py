"""Connection objects and the plaintext half of a connection (TCP, SES, P-HS)."""

import socket
import time

from jws import Container, sdmp_members, sign
from keys import Rejected, b64u, unb64u
from strict_json import Raw, dump
from wire import GROUPS, Direction, direction_secrets

NOPE = b"nope"
MAX_OBJECT = 16384
CLOCK_WINDOW = 300.0


class Refused(Exception):
    """The other side answered `nope`."""


class Draft:
    """A connection object in the making; every field may be bent before text() is called."""

    def __init__(self, key, group="x25519"):
        self.key = key
        self.group = GROUPS[group]
        self.secret, public = self.group.generate()
        self.sdmp = sdmp_members(key.fingerprint, ["connection"])
        self.connection = {
            "g": Raw(str(self.group.g)),
            "p": b64u(self.group.p),
            "N": b64u(public),
        }
        self.extra = {}
        self.protected = {"alg": key.alg, "kid": key.fingerprint}
        self.style = "general"

    def payload(self):
        return {"sdmp": self.sdmp, "connection": self.connection, **self.extra}

    def text(self):
        protected = dump(self.protected).encode()
        return sign(self.key, self.payload(), protected=protected, style=self.style)


class Verifier:
    """What a node knows when it judges connection objects: identities, its own name, past objects."""

    def __init__(self, own_fingerprint, nodes, users=()):
        self.own = own_fingerprint
        self.nodes = dict(nodes)
        self.users = dict(users)
        self._replay = {}

    def check(self, text, *, expected=None, group=None):
        """(container, group, N) of a good object; `expected` and `group` bind a dialler's choice."""
        if len(text) > MAX_OBJECT:
            raise Rejected("P-HS size")
        box = Container(text)
        members = connection_members(box)
        now = time.time()
        if abs(box.created - now) > CLOCK_WINDOW:
            raise Rejected("P-HS clock")
        named = known_group(members)
        if group is not None and named is not group:
            raise Rejected("P-HS group of the initiator")
        public = unb64u(members["N"])
        if len(public) != named.size:
            raise Rejected("P-HS N length")
        if box.publisher == self.own or box.publisher not in self.nodes:
            raise Rejected("SES-5 publisher")
        if expected is not None and box.publisher != expected:
            raise Rejected("P-HS not the node that was dialled")
        self._replay = {key: end for key, end in self._replay.items() if end >= now}
        if box.signing_input in self._replay:
            raise Rejected("P-HS replay")
        box.verify(self.nodes[box.publisher])
        self._replay[box.signing_input] = box.created + CLOCK_WINDOW
        return box, named, public


def connection_members(box):
    """The SES-3 members, everything else refused (SES-2, SES-4)."""
    if box.schemas != ["connection"] or set(box.payload) != {"sdmp", "connection"}:
        raise Rejected("SES-2/SES-4")
    if set(box.payload["sdmp"]) != {"version", "publisher", "created", "schemas"}:
        raise Rejected("SES-4 sdmp")
    members = box.payload["connection"]
    if not isinstance(members, dict) or set(members) != {"g", "p", "N"}:
        raise Rejected("SES-3/SES-4")
    if type(members["g"]) is not int:
        raise Rejected("SES-3 g")
    return members


def known_group(members):
    prime = unb64u(members["p"])
    for group in GROUPS.values():
        if group.p == prime and group.g == members["g"]:
            return group
    raise Rejected("SES-6 group")


class ObjectReader:
    """Finds the brace that closes the first one, in octets fed in any portions."""

    def __init__(self):
        self.data = bytearray()
        self.end = None
        self._scanned = 0
        self._depth = 0
        self._in_string = False

    def feed(self, portion):
        self.data += portion
        if self.data and self.data[:1] != b"{":
            raise Rejected("P-HS first byte")
        while self.end is None and self._scanned < len(self.data):
            char = self.data[self._scanned]
            if self._in_string and char == 0x5C:
                self._scanned += 2
                continue
            if char == 0x22:
                self._in_string = not self._in_string
            elif not self._in_string and char in b"{}":
                self._depth += 1 if char == 0x7B else -1
                if self._depth == 0:
                    self.end = self._scanned + 1
            self._scanned += 1
        if len(self.data if self.end is None else self.data[: self.end]) > MAX_OBJECT:
            raise Rejected("P-HS size")
        return self.end is not None


def read_object(sock, *, refusal=True):
    """(object text, octets behind it); Refused when `nope` came instead."""
    reader = ObjectReader()
    while True:
        portion = sock.recv(65536)
        if not portion:
            raise Rejected("P-HS end of stream within the object")
        if refusal and not reader.data and portion[:1] == NOPE[:1]:
            rest = portion + read_to_end(sock)
            if rest != NOPE:
                raise Rejected(f"TCP-5 not exactly nope: {rest[:80]!r}")
            raise Refused()
        if reader.feed(portion):
            return bytes(reader.data[: reader.end]), bytes(reader.data[reader.end :])


def read_to_end(sock):
    """Everything up to the end of the stream."""
    parts = []
    while True:
        portion = sock.recv(65536)
        if not portion:
            return b"".join(parts)
        parts.append(portion)


def refuse(sock):
    """TCP-5, then a drain, so that no reset destroys the four bytes."""
    try:
        sock.sendall(NOPE)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(1)
        drained = 0
        while drained < 65536:
            portion = sock.recv(65536)
            if not portion:
                break
            drained += len(portion)
    except OSError:
        pass
    finally:
        sock.close()


class Channel:
    """The two directions and both texts of a finished handshake."""

    def __init__(self, role, ikm, initiator_text, responder_text):
        derived = direction_secrets(ikm, initiator_text, responder_text)
        other = "responder" if role == "initiator" else "initiator"
        self.sending = Direction(derived[role])
        self.receiving = Direction(derived[other])
        self.initiator_text = initiator_text
        self.responder_text = responder_text


def initiate(sock, draft, verifier, expected, *, text=None):
    """Runs the initiator's side; returns (channel, octets that came behind the answer)."""
    text = draft.text() if text is None else text
    sock.sendall(text)
    answer, rest = read_object(sock)
    try:
        _, group, public = verifier.check(answer, expected=expected, group=draft.group)
        ikm = group.shared(draft.secret, public)
    except Rejected:
        refuse(sock)
        raise
    return Channel("initiator", ikm, text, answer), rest


def respond(sock, key, verifier):
    """Runs the responder's side; returns (channel, fingerprint of the initiator)."""
    try:
        text, rest = read_object(sock, refusal=False)
        if rest or _more_waits(sock):
            raise Rejected("P-HS octets behind the object")
        box, group, public = verifier.check(text)
        draft = Draft(key, group.name)
        ikm = group.shared(draft.secret, public)
    except Rejected:
        refuse(sock)
        raise
    answer = draft.text()
    sock.sendall(answer)
    return Channel("responder", ikm, text, answer), box.publisher


def _more_waits(sock):
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        sock.settimeout(timeout)
