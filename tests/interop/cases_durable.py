"""What survives: SIGKILL after the relay told of a resource, restarts, and the mark of a fork."""

import unittest

from cases import RelayCase
from journal import Journal
from keys import hash_text
from messages import asks_for, asks_journal, journal_update, tells_of
from relay import Relay
from sdmp_peer import Peer, deletion_resource, post_resource


class Restarts(RelayCase):
    """Each test may end and start the relay; sessions are made anew behind that."""

    peers = 14

    def restart(self, how):
        how()
        self.relay.start()

    def stored(self, count=20):
        """(witness, boxes, journal copy) of a relay that has told of `count` resources."""
        peer, session, _ = self.joined()
        witness, seen, copy = self.joined()
        boxes = [peer.push(session, post_resource(peer.node, f"kept {i}")) for i in range(count)]
        self.assert_told(seen, boxes[-1])
        copy = witness.read_journal(seen, copy=copy)
        return witness, boxes, copy, peer

    def assert_kept(self, witness, boxes, copy):
        _, seen = self.connect(witness)
        now = witness.read_journal(seen)
        self.assertEqual(now.lines[: len(copy.lines)], copy.lines)
        for box in boxes:
            self.assert_fetched(witness, seen, box)

    def test_P_SYN_told_resources_survive_SIGKILL(self):
        witness, boxes, copy, _ = self.stored()
        self.restart(self.relay.kill)
        self.assert_kept(witness, boxes, copy)

    def test_P_SYN_resource_survives_SIGKILL_at_the_moment_it_is_told(self):
        """The relay is killed as soon as each update arrives; nothing told may be lost."""
        for number in range(3):
            peer = self.pool.take()
            _, session = self.connect(peer)
            witness, seen, _ = self.joined(getattr(self, "_witness", None))
            self._witness = witness
            box = peer.push(session, post_resource(peer.node, f"just told {number}"))
            self.assert_told(seen, box)
            self.restart(self.relay.kill)
            _, seen = self.connect(witness)
            self.assertIn(box.identifier, witness.read_journal(seen).resources())
            self.assert_fetched(witness, seen, box)

    def test_P_SYN_told_resources_survive_SIGTERM(self):
        witness, boxes, copy, _ = self.stored()
        self.restart(self.relay.stop)
        self.assert_kept(witness, boxes, copy)

    def test_RES_4_deletion_survives_SIGKILL(self):
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        old = peer.push(session, post_resource(peer.node, "old"))
        gone = peer.push(session, deletion_resource(peer.node, [old.identifier]))
        self.assert_told(seen, gone)
        self.restart(self.relay.kill)
        _, seen = self.connect(witness)
        self.assertEqual(self.status(witness, seen, old), 404)
        self.assert_fetched(witness, seen, gone)

    def test_JRN_6_last_known_line_survives_a_restart(self):
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        box = peer.announce(session, post_resource(peer.node, "known"))
        self.assert_told(seen, box)
        self.restart(self.relay.stop)
        _, session = self.connect(peer)
        session.wait(asks_journal(peer.journal.last_known), what="journal_request from last known")


class Forks(RelayCase):
    """P-SYN: a chain that contradicts known lines marks that journal as forked."""

    peers = 8

    def forked(self):
        """A peer whose journal contradicts what the relay knew of it, and a witness."""
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        known = peer.announce(session, post_resource(peer.node, "known"))
        self.assert_told(seen, known)
        true_lines = list(peer.journal.lines)
        other = Journal(peer.fingerprint, true_lines[1:-1])
        other.append(known.publisher, hash_text(b"another last line"))
        lie = peer.hold(post_resource(peer.node, "behind the fork"))
        since = other.last_known
        self.assertEqual(since, peer.journal.last_known)
        session.send(journal_update(peer.fingerprint, since, [other.append(lie.publisher, lie.identifier)]))
        return peer, session, witness, seen, lie

    def assert_marked(self, peer, session, witness, seen, lie):
        """Entries are not applied, the session works, and pushes are still taken."""
        self.assert_works(peer, session)
        after = peer.announce(session, post_resource(peer.node, "true, but behind a fork"))
        pushed = peer.push(session, post_resource(peer.node, "pushed behind a fork"))
        self.assert_told(seen, pushed)
        self.assert_fetched(witness, seen, pushed)
        for box in (lie, after):
            self.assertFalse(session.has(asks_for(box.identifier)), "an entry of a forked journal was applied")
            self.assertFalse(seen.has(tells_of(box.identifier)))
            self.assertEqual(self.status(witness, seen, box), 404)

    def test_P_SYN_fork_is_detected_and_pushes_are_still_taken(self):
        self.assert_marked(*self.forked())

    def test_P_SYN_fork_mark_survives_a_restart(self):
        peer, session, witness, seen, lie = self.forked()
        self.assert_works(peer, session)
        self.relay.stop()
        self.relay.start()
        _, session = self.connect(peer)
        _, seen = self.connect(witness)
        witness.read_journal(seen)
        self.assert_marked(peer, session, witness, seen, lie)

    def test_P_SYN_fork_of_one_journal_leaves_others_alone(self):
        peer, session, witness, seen, lie = self.forked()
        self.assert_works(peer, session)
        box = witness.announce(seen, post_resource(witness.node, "unforked"))
        self.assert_told(session, box)

    def test_P_SYN_fork_is_logged(self):
        peer, session, witness, seen, lie = self.forked()
        self.assert_marked(peer, session, witness, seen, lie)
        self.assertTrue(
            any("fork" in line.lower() for line in self.relay.stderr_lines),
            "no line on stderr tells of the fork",
        )


class Programs(unittest.TestCase):
    """The command line, as far as the wire depends on it."""

    def test_export_bundle_is_the_four_resources_in_order(self):
        relay = Relay()
        self.addCleanup(relay.discard)
        kinds = [box.schemas[:2] for box in relay.identity.boxes]
        self.assertEqual(
            kinds,
            [["resource", "identity"], ["resource", "identity"], ["resource", "relationship"],
             ["resource", "node_information"]],
        )
        user, node, relation, information = relay.identity.boxes
        self.assertEqual(user.payload["identity"]["type"], "user")
        self.assertEqual(node.payload["identity"]["type"], "node")
        self.assertEqual(relation.publisher, user.publisher)
        self.assertEqual(
            relation.payload["relationship"], {"type": "publisher", "identity": node.publisher}
        )
        self.assertEqual(information.publisher, node.publisher)
        self.assertEqual(information.payload["node"]["name"], "relay")
        self.assertIn(relay.listen_text, information.payload["node"]["ips"])

    def test_published_post_is_served(self):
        relay = Relay()
        self.addCleanup(relay.discard)
        peer = Peer("reader")
        relay.trust(peer)
        done = relay.sdmp("publish", "--home", relay.home, "--post", "hello", "--title", "t")
        uri = done.stdout.decode().strip()
        self.assertRegex(uri, r"\Asdmp://[A-Za-z0-9_-]{86}/[A-Za-z0-9_-]{86}\Z")
        author, resource = uri.removeprefix("sdmp://").split("/")
        relay.start()
        session = peer.dial(relay.address)
        self.addCleanup(session.close)
        message = peer.fetch(session, author, resource)
        self.assertEqual(message.body["status"], 200)
        self.assertIn(resource, peer.read_journal(session).resources())
