"""What the case modules share: a relay per class, trusted peers, sessions closed after each test."""

import unittest

from keys import shared_rsa_key
from messages import tells_of
from relay import Pool, Relay
from sdmp_peer import Peer
from session import TIMEOUT


class RelayCase(unittest.TestCase):
    """One running relay for the class and `peers` trusted peers to draw from."""

    suite = "modern"
    peers = 4

    @classmethod
    def setUpClass(cls):
        cls.relay = Relay(cls.suite)
        cls.addClassCleanup(cls.relay.discard)
        cls.pool = Pool(cls.relay, cls.peers)
        cls.prepare()
        cls.relay.start()

    @classmethod
    def prepare(cls):
        """Runs between `sdmp init` and the start of sdmpd."""

    def connect(self, peer=None, group="x25519", **options):
        """(peer, session) of a fresh trusted peer, or of the given one."""
        peer = peer or self.pool.take()
        session = peer.dial(self.relay.address, group, **options)
        self.addCleanup(session.close)
        return peer, session

    def joined(self, peer=None):
        """(peer, session, copy of the relay's journal): connected and up to date."""
        peer, session = self.connect(peer)
        return peer, session, peer.read_journal(session)

    def status(self, peer, session, box):
        return peer.fetch(session, box.publisher, box.identifier).body["status"]

    def assert_works(self, peer, session, identifier="still alive?"):
        """The session answers a request for the relay's own node identity."""
        box = self.relay.identity.of_schema("node_information")[0]
        answer = peer.fetch(session, box.publisher, box.identifier, identifier=identifier)
        self.assertEqual((answer.body["status"], answer.content), (200, box.text))

    def assert_told(self, session, box, *, since=0, timeout=TIMEOUT):
        """The relay's journal update with this resource comes."""
        what = f"journal update with {box.identifier}"
        return session.wait(tells_of(box.identifier), since=since, timeout=timeout, what=what)

    def assert_fetched(self, peer, session, box):
        """200 with the very octets that were published."""
        answer = peer.fetch(session, box.publisher, box.identifier)
        self.assertEqual((answer.body["status"], answer.content), (200, box.text))


def rsa_peer(name="rsa"):
    return Peer(name, user=shared_rsa_key(0), node=shared_rsa_key(1))


def add_cases(cls, table, template, run):
    """One test method for every entry of a corpus; `run(self, case)` judges it."""
    for name, case in table.items():

        def method(self, case=case):
            run(self, case)

        method.__name__ = template.format(name)
        setattr(cls, method.__name__, method)


