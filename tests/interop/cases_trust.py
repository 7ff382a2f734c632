"""Who may connect and who may publish (P-TRUST), trust changing while the relay runs included."""

from cases import RelayCase
from handshake import Refused
from jws import Container, sign
from keys import SigningKey
from messages import asks_for, asks_journal, resource_response, tells_of
from relay import eventually
from sdmp_peer import (
    Peer,
    identity_resource,
    node_information_resource,
    post_resource,
    relationship_resource,
)


class HostOnly(RelayCase):
    """A node with `host` only may connect, but publish nothing but its own two resources."""

    peers = 5

    @classmethod
    def prepare(cls):
        cls.host = Peer("host", relationship="host")
        cls.relay.trust(cls.host)

    def setUp(self):
        _, self.session = self.connect(self.host)
        self.witness, self.seen, _ = self.joined()

    def test_P_TRUST_host_node_may_connect(self):
        self.assert_works(self.host, self.session)

    def test_P_TRUST_host_node_may_not_publish_a_post(self):
        box = self.host.push(self.session, post_resource(self.host.node, "by the host"))
        good = self.host.push(self.session, post_resource(self.host.user, "by the user"))
        self.assert_told(self.seen, good)
        self.assertEqual(self.status(self.witness, self.seen, box), 404)
        self.assertFalse(self.seen.has(tells_of(box.identifier)))

    def test_P_TRUST_host_node_may_not_publish_a_relationship(self):
        text = relationship_resource(self.host.node, "publisher", self.witness.fingerprint)
        box = self.host.push(self.session, text)
        good = self.host.push(self.session, post_resource(self.host.user, "by the user again"))
        self.assert_told(self.seen, good)
        self.assertEqual(self.status(self.witness, self.seen, box), 404)

    def test_RES_8_host_node_may_send_for_its_user(self):
        box = self.host.push(self.session, post_resource(self.host.user, "sent by the host"))
        self.assert_told(self.seen, box)
        self.assert_fetched(self.witness, self.seen, box)

    def test_P_TRUST_host_node_may_publish_its_node_information(self):
        text = node_information_resource(self.host.node, "host", ["[::1]:7367"])
        box = self.host.push(self.session, text)
        self.assert_told(self.seen, box)
        self.assert_fetched(self.witness, self.seen, box)


class Strangers(RelayCase):
    """Resources of publishers who are not trusted, and the change of trust while sdmpd runs."""

    peers = 32

    def stranger(self, name="stranger"):
        return self.relay.introduce(Peer(name))

    def test_SES_5_untrusted_node_is_refused_then_taken_after_trust_add(self):
        stranger = self.stranger()
        self.assertRaises(Refused, stranger.dial, self.relay.address)
        self.relay.trust(stranger)
        eventually(lambda: self.relay.accepts(stranger), what="the new node is taken")
        _, session = self.connect(stranger)
        self.assert_works(stranger, session)

    def test_P_TRUST_trust_add_while_running_is_told(self):
        witness, seen, _ = self.joined()
        stranger = self.stranger()
        self.relay.trust(stranger)
        for box in map(Container, stranger.bundle):
            self.assert_told(seen, box)
            self.assert_fetched(witness, seen, box)

    def test_P_SYN_resource_of_an_untrusted_publisher_is_not_taken(self):
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        stranger = self.stranger()
        box = peer.push(session, post_resource(stranger.user, "pushed for a stranger"))
        own = peer.push(session, post_resource(peer.node, "behind"))
        self.assert_told(seen, own)
        self.assertEqual(self.status(witness, seen, box), 404)
        self.assertFalse(seen.has(tells_of(box.identifier)))

    def test_P_SYN_refused_resource_is_asked_for_again_when_trust_changes(self):
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        session.wait(asks_journal())
        stranger = self.stranger()
        box = peer.announce(session, post_resource(stranger.user, "announced for a stranger"))
        own = peer.announce(session, post_resource(peer.node, "behind"))
        self.assert_told(seen, own)
        self.assertEqual(self.status(witness, seen, box), 404)
        mark = session.mark()
        self.relay.trust(stranger)
        session.wait(asks_for(box.identifier), since=mark, what="a request after the change of trust")
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_TRUST_remove_closes_sessions_and_refuses_new_ones(self):
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        self.relay.sdmp("trust", "remove", peer.user.fingerprint, "--home", self.relay.home)
        session.wait_closed()
        self.assertFalse(self.relay.accepts(peer))
        self.assert_works(witness, seen)

    def test_P_TRUST_list_names_whom_was_added_and_not_whom_was_removed(self):
        peer = self.pool.take()
        listing = self.relay.sdmp("trust", "list", "--home", self.relay.home).stdout.decode()
        self.assertIn(peer.user.fingerprint, listing)
        self.relay.sdmp("trust", "remove", peer.user.fingerprint, "--home", self.relay.home)
        eventually(lambda: not self.relay.accepts(peer), what="the removed node is refused")

    def test_P_TRUST_remove_is_told_as_an_update_of_the_connection(self):
        """Revoked by sdmp.updates: the operator's connection relationship is replaced."""
        peer = self.pool.take()
        witness, seen, _ = self.joined()
        mark = seen.mark()
        self.relay.sdmp("trust", "remove", peer.user.fingerprint, "--home", self.relay.home)
        update = seen.wait(lambda m: m.kind == "journal_update" and m.body["entries"], since=mark)
        entry = update.body["entries"][0]
        _, rest = entry.split("@")
        author, resource = rest.split("/")
        self.assertEqual(author, self.relay.identity.user.fingerprint)
        box = Container(witness.fetch(seen, author, resource).content)
        (replaced,) = box.payload["sdmp"]["updates"]
        self.assertEqual(witness.fetch(seen, author, replaced).body["status"], 404)

    def test_P_TRUST_user_revokes_its_node(self):
        """A publisher relationship that its user deletes ends the node's trust and session."""
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        relationship = Container(peer.bundle[2])
        text = post_resource(peer.user, "no longer mine", updates=[relationship.identifier])
        session.send(resource_response(peer.fingerprint, text))
        self.assert_told(seen, Container(text))
        session.wait_closed()
        self.assertFalse(self.relay.accepts(peer))

    def test_P_TRUST_second_node_arrives_through_the_journal(self):
        """A user's new node needs no word of the operator: its identity and relationship suffice."""
        peer, session, _ = self.joined()
        session.wait(asks_journal())
        second = self.relay.introduce(Peer("second", user=peer.user))
        self.assertFalse(self.relay.accepts(second))
        for text in second.bundle[1:]:
            peer.announce(session, text)
        eventually(lambda: self.relay.accepts(second), what="the second node is taken")
        _, other = self.connect(second)
        witness, seen, _ = self.joined()
        box = second.push(other, post_resource(second.node, "by the second node"))
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_TRUST_identities_arrive_in_any_order(self):
        """The relationship first, the node's identity last."""
        peer, session, _ = self.joined()
        session.wait(asks_journal())
        second = self.relay.introduce(Peer("reversed", user=peer.user))
        for text in reversed(second.bundle[1:]):
            peer.announce(session, text)
        eventually(lambda: self.relay.accepts(second), what="the second node is taken")

    def test_P_TRUST_peers_user_cannot_vouch_for_users(self):
        """Only the operator's connections make users trusted."""
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        friend = self.relay.introduce(Peer("friend"))
        vouch = relationship_resource(peer.user, "connection", friend.user.fingerprint)
        for text in (*friend.bundle, vouch):
            peer.announce(session, text)
        self.assert_told(seen, peer.announce(session, post_resource(peer.node, "behind")))
        self.assertFalse(self.relay.accepts(friend))

    def test_P_KEY_identity_must_be_self_signed(self):
        """An identity signed by somebody else than its own key makes nobody trusted."""
        peer, session, _ = self.joined()
        witness, seen, _ = self.joined()
        second = self.relay.introduce(Peer("unsigned", user=peer.user))
        fake = Container(identity_resource(SigningKey.generate(), "node")).payload
        fake["sdmp"]["publisher"] = peer.user.fingerprint
        fake["identity"]["key"] = Container(second.bundle[1]).payload["identity"]["key"]
        for text in (sign(peer.user, fake), second.bundle[2], second.bundle[3]):
            peer.announce(session, text)
        self.assert_told(seen, peer.announce(session, post_resource(peer.node, "behind")))
        self.assertFalse(self.relay.accepts(second))
