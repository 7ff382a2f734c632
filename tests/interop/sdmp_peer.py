"""An SDMP 0.10 node in Python: the independent counterpart for conformance tests.

A Peer has a user and a node key, its bundle of resources, a journal, and a store that it serves.
It connects to a node (initiator) or takes connections (responder).
"""

import socket
import threading

from handshake import Draft, Verifier, initiate, respond
from journal import Journal
from jws import Container, sdmp_members, sign, timestamp
from keys import PublicKey, Rejected, SigningKey, b64u, unb64u
from messages import (
    is_answer,
    is_update,
    journal_request,
    journal_update,
    resource_request,
    resource_response,
)
from session import TIMEOUT, Session

YEAR = 365 * 86400.0


def identity_resource(key, kind, expires=YEAR):
    return sign(
        key,
        {
            "sdmp": sdmp_members(key.fingerprint, ["resource", "identity"]),
            "identity": {"type": kind, "expires": timestamp(expires), "key": b64u(key.spki)},
        },
    )


def relationship_resource(key, kind, other):
    return sign(
        key,
        {
            "sdmp": sdmp_members(key.fingerprint, ["resource", "relationship"]),
            "relationship": {"type": kind, "identity": other},
        },
    )


def node_information_resource(key, name, addresses, updates=None):
    return sign(
        key,
        {
            "sdmp": sdmp_members(
                key.fingerprint, ["resource", "node_information"], updates=updates
            ),
            "node": {"name": name, "ips": list(addresses)},
        },
    )


def post_resource(key, content, *, title=None, updates=None, style="general", **extra):
    post = {"content": content} if title is None else {"title": title, "content": content}
    members = sdmp_members(key.fingerprint, ["resource", "post"], updates=updates)
    return sign(key, {"sdmp": members, "post": post, **extra}, style=style)


def deletion_resource(key, identifiers):
    members = sdmp_members(key.fingerprint, ["resource"], updates=identifiers)
    return sign(key, {"sdmp": members})


class Bundle:
    """A bundle as `sdmp export` prints it: JSON Lines, one container a line, each verified."""

    def __init__(self, octets):
        self.lines = [line for line in octets.split(b"\n") if line]
        self.boxes = [Container(line) for line in self.lines]
        self.users, self.nodes = {}, {}
        for box in self.boxes:
            if "identity" in box.schemas:
                identity = box.payload["identity"]
                public = PublicKey(unb64u(identity["key"]))
                box.verify(public)
                home = {"user": self.users, "node": self.nodes}[identity["type"]]
                home[public.fingerprint] = public
        known = {**self.users, **self.nodes}
        for box in self.boxes:
            if box.publisher not in known:
                raise Rejected("bundle: publisher without identity")
            box.verify(known[box.publisher])

    @property
    def node(self):
        (public,) = self.nodes.values()
        return public

    @property
    def user(self):
        (public,) = self.users.values()
        return public

    def of_schema(self, name):
        return [box for box in self.boxes if name in box.schemas]


class Peer:
    """A user with one node. `relationship` is `publisher` or `host`."""

    def __init__(self, name, *, kind="ed25519", relationship="publisher", address=None,
                 user=None, node=None, expires=YEAR):
        self.name = name
        self.user = user or SigningKey.generate(kind)
        self.node = node or SigningKey.generate(kind)
        self.journal = Journal(self.node.fingerprint)
        self.store = {}
        self.gone = set()
        self.lock = threading.RLock()
        self.remote = None
        self.bundle = [
            identity_resource(self.user, "user"),
            identity_resource(self.node, "node", expires),
            relationship_resource(self.user, relationship, self.node.fingerprint),
            node_information_resource(self.node, name, [address] if address else []),
        ]
        for text in self.bundle:
            self.keep(text)

    @property
    def fingerprint(self):
        return self.node.fingerprint

    def bundle_octets(self):
        return b"".join(text + b"\n" for text in self.bundle)

    # Own resources.

    def hold(self, text):
        """Stores a resource without journalling it; returns its container."""
        box = Container(text)
        with self.lock:
            self.store[box.identifier] = box
        return box

    def keep(self, text):
        """Stores and journals a resource; returns (container, journal line)."""
        box = self.hold(text)
        with self.lock:
            for replaced in box.payload["sdmp"].get("updates", []):
                self.gone.add(replaced)
            return box, self.journal.append(box.publisher, box.identifier)

    def announce(self, session, text):
        """Keeps a resource and tells the other side with a journal update; returns the container."""
        with self.lock:
            since = self.journal.last_known
            box, line = self.keep(text)
        session.send(journal_update(self.fingerprint, since, [line]))
        return box

    def push(self, session, text):
        """Keeps a resource and pushes it unprompted; returns the container."""
        box, _ = self.keep(text)
        session.send(resource_response(self.fingerprint, text))
        return box

    # Connections.

    def verifier(self):
        nodes = {self.remote.fingerprint: self.remote} if self.remote else {}
        return Verifier(self.fingerprint, nodes)

    def dial(self, address, group="x25519", *, answering=True, draft=None):
        """An established session as initiator; Refused when the other side says nope."""
        sock = socket.create_connection(address, TIMEOUT)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            draft = draft or Draft(self.node, group)
            channel, rest = initiate(sock, draft, self.verifier(), self.remote.fingerprint)
        except BaseException:
            sock.close()
            raise
        return Session(sock, channel, self, self.remote, rest, answering=answering).start()

    def take(self, sock, *, answering=True):
        """An established session as responder on an accepted socket."""
        sock.settimeout(TIMEOUT)
        channel, _ = respond(sock, self.node, self.verifier())
        return Session(sock, channel, self, self.remote, answering=answering).start()

    # What a node answers.

    def answer(self, session, message):
        if message.kind == "journal_request":
            with self.lock:
                since, entries = self.journal.after(
                    message.body["since"], message.body.get("limit")
                )
            session.send(journal_update(self.fingerprint, since, entries))
        elif message.kind == "resource_request":
            self._answer_resource_request(session, message.body)

    def _answer_resource_request(self, session, body):
        with self.lock:
            box = self.store.get(body["resource"])
            if body["resource"] in self.gone:
                box = None
        found = box is not None and box.publisher == body["author"]
        session.send(
            resource_response(
                self.fingerprint,
                box.text if found else None,
                request=body["identifier"],
                status=200 if found else 404,
            )
        )

    # Asking.

    def fetch(self, session, author, resource, *, identifier=None, timeout=TIMEOUT):
        """The answer to a resource request."""
        identifier = session.fresh_identifier() if identifier is None else identifier
        mark = session.mark()
        session.send(resource_request(self.fingerprint, identifier, author, resource))
        return session.wait(
            is_answer(identifier), since=mark, timeout=timeout, what=f"answer to {identifier!r}"
        )

    def read_journal(self, session, *, copy=None, page=None):
        """Follows the other node's journal to its present end; every line's chain is checked."""
        copy = copy or Journal(session.remote.fingerprint)
        more = {} if page is None else {"limit": page}
        while True:
            mark = session.mark()
            since = copy.last_known
            session.send(journal_request(self.fingerprint, since, **more))
            update = session.wait(is_update(since), since=mark, what="journal answer")
            entries = update.body["entries"]
            if page is not None and len(entries) > page:
                raise AssertionError("SYN-4: more entries than the limit")
            if not entries:
                return copy
            for entry in entries:
                copy.accept(entry)
