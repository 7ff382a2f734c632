"""The relay as responder: handshakes that work, and those that must end in `nope`."""

import socket

import corpus_handshake
from cases import RelayCase, add_cases, rsa_peer
from handshake import MAX_OBJECT, NOPE, Draft, connection_members, known_group, read_object, read_to_end
from jws import VERSION, Container
from keys import b64u
from relay import Settings, answer_to
from sdmp_peer import Peer
from strict_json import dump
from wire import GROUPS

DEADLINE = 10.0


class Matrix:
    """Every group with every key type; mixed into one class for each suite of the relay."""

    @classmethod
    def prepare(cls):
        cls.rsa = rsa_peer()
        cls.relay.trust(cls.rsa)

    def handshake(self, group, peer):
        peer, session = self.connect(peer, group)
        self.assert_works(peer, session)
        copy = peer.read_journal(session)
        self.assertIn(self.relay.identity.boxes[0].identifier, copy.resources())
        session.close()


def _add_matrix():
    for group in GROUPS:
        for kind in ("ed25519", "rsa"):

            def method(self, group=group, kind=kind):
                self.handshake(group, self.rsa if kind == "rsa" else None)

            setattr(Matrix, f"test_P_KEY_{group}_with_{kind}_key", method)


_add_matrix()


class ModernRelay(Matrix, RelayCase):
    suite = "modern"
    peers = 6

    def test_P_KEY_relay_key_is_Ed25519(self):
        self.assertEqual(self.relay.identity.node.alg, "EdDSA")
        self.assertEqual(self.relay.identity.user.alg, "EdDSA")


class ClassicRelay(Matrix, RelayCase):
    suite = "classic"
    peers = 6

    def test_P_KEY_relay_key_is_RSA(self):
        self.assertEqual(self.relay.identity.node.alg, "RS512")
        self.assertEqual(self.relay.identity.user.alg, "RS512")


class Refusals(RelayCase):
    """Anything wrong: exactly `nope`, then the end of the stream."""

    peers = 4

    @classmethod
    def prepare(cls):
        rsa = rsa_peer()
        cls.expired = Peer("expired", expires=-3600)
        cls.untrusted = cls.relay.introduce(Peer("untrusted"))
        cls.relay.trust(rsa)
        cls.relay.trust(cls.expired, check=False)
        cls.world = corpus_handshake.World(
            cls.pool.take(), rsa, cls.pool.take(), cls.untrusted, cls.relay.fingerprint, Settings.seed
        )

    def assert_refused(self, octets):
        with self.relay.connect() as sock:
            self.assertEqual(answer_to(sock, octets), NOPE)

    def assert_taken(self, octets):
        with self.relay.connect() as sock:
            sock.sendall(octets)
            text, _ = read_object(sock)
            return Container(text).verify(self.relay.identity.node)

    def test_SES_5_expired_identity_is_refused(self):
        self.assert_refused(Draft(self.expired.node).text())

    def test_P_HS_relays_own_object_reflected_is_refused(self):
        box = self.assert_taken(self.world.draft().text())
        self.assert_refused(box.text)

    def test_P_JWS_relay_object_is_emitted_exactly(self):
        for group in GROUPS.values():
            with self.subTest(group.name):
                box = self.assert_taken(self.world.draft(group.name).text())
                expected = {
                    "payload": box.payload_b64,
                    "signatures": [{"protected": box.protected_b64, "signature": b64u(box.signature)}],
                }
                self.assertEqual(box.text, dump(expected).encode())
                header = dump({"alg": box.alg, "kid": self.relay.fingerprint}).encode()
                self.assertEqual(box.protected_b64, b64u(header))
                self.assertIs(known_group(connection_members(box)), group)
                self.assertEqual(box.payload["sdmp"]["version"], VERSION)
                self.assertLessEqual(len(box.text), MAX_OBJECT)

    def test_SES_1_every_answer_has_a_fresh_N(self):
        values = {
            connection_members(self.assert_taken(self.world.draft().text()))["N"] for _ in range(4)
        }
        self.assertEqual(len(values), 4)

    def test_P_HS_object_byte_by_byte_is_taken(self):
        with self.relay.connect() as sock:
            for octet in self.world.draft().text():
                sock.sendall(bytes([octet]))
            Container(read_object(sock)[0]).verify(self.relay.identity.node)

    def test_P_HS_object_larger_than_one_segment_is_refused_with_a_whole_nope(self):
        text = self.world.draft().text()
        self.assert_refused(text[:-1] + b" " * 60000)

    def test_TCP_5_nope_survives_octets_that_still_arrive(self):
        with self.relay.connect() as sock:
            sock.sendall(b"x")
            received = b""
            while len(received) < len(NOPE):
                portion = sock.recv(16)
                self.assertTrue(portion, f"ended after {received!r}")
                received += portion
            sock.sendall(bytes(60000))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(received + read_to_end(sock), NOPE)

    def test_TCP_5_write_side_ends_at_once_after_nope(self):
        with self.relay.connect() as sock:
            sock.settimeout(5)
            sock.sendall(b"x")
            self.assertEqual(read_to_end(sock), NOPE)

    def test_P_HS_end_of_stream_within_the_object_is_refused(self):
        with self.relay.connect() as sock:
            sock.sendall(self.world.draft().text()[:-20])
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_to_end(sock), NOPE)

    def test_P_HS_end_of_stream_before_the_object_is_no_crash(self):
        with self.relay.connect() as sock:
            sock.shutdown(socket.SHUT_WR)
            self.assertIn(read_to_end(sock), (NOPE, b""))
        self.assert_taken(self.world.draft().text())

    def test_P_HS_end_of_stream_behind_a_good_object_is_answered_or_refused(self):
        with self.relay.connect() as sock:
            sock.sendall(self.world.draft().text())
            sock.shutdown(socket.SHUT_WR)
            answer = read_to_end(sock)
        if answer != NOPE:
            self.assertTrue(answer.startswith(b"{"), answer[:40])

    def test_P_HS_deadline_passes(self):
        """No octets, half an object, one octet at a time: nope after the deadline, not much before."""
        silent, half, slow = (self.relay.connect() for _ in range(3))
        text = self.world.draft().text()
        half.sendall(text[: len(text) // 2])
        slow.settimeout(0.5)
        for at in range(int(DEADLINE / 0.5) + 10):
            try:
                slow.sendall(text[at : at + 1])
                received = slow.recv(4)
                break
            except TimeoutError:
                continue
        else:
            self.fail("a slow initiator outlived the deadline")
        slow.settimeout(5)
        self.assertEqual(received + read_to_end(slow), NOPE)
        for sock in (silent, half):
            sock.settimeout(5)
            self.assertEqual(read_to_end(sock), NOPE)
        for sock in (silent, half, slow):
            sock.close()

    def test_P_HS_refusals_do_not_wear_the_relay_out(self):
        for _ in range(200):
            self.assert_refused(b"?")
        self.assert_taken(self.world.draft().text())

    def test_P_HS_several_sessions_of_one_node(self):
        peer = self.pool.take()
        sessions = [self.connect(peer)[1] for _ in range(3)]
        for session in sessions:
            self.assert_works(peer, session)

    def test_P_HS_octets_behind_an_answered_object_are_a_bad_frame(self):
        with self.relay.connect() as sock:
            sock.sendall(self.world.draft().text())
            text, rest = read_object(sock)
            Container(text).verify(self.relay.identity.node)
            sock.sendall(b"\n" + bytes(300))
            try:
                rest += read_to_end(sock)
            except ConnectionResetError:
                pass
            self.assertNotIn(NOPE, rest)


def _add_replays():
    for label, change in corpus_handshake.REPLAYS.items():

        def method(self, change=change):
            text = self.world.draft().text()
            self.assert_taken(text)
            self.assert_refused(change(text))

        setattr(Refusals, f"test_P_HS_replay_{label}_is_refused", method)

    def failed_first(self):
        """Only a verified object enters the cache: a spoilt copy sent first does no harm."""
        text = self.world.draft().text()
        at = text.rindex(b'"signature":"') + 13
        spoilt = text[:at] + (b"B" if text[at : at + 1] == b"A" else b"A") + text[at + 1 :]
        self.assert_refused(spoilt)
        self.assert_taken(text)

    Refusals.test_P_HS_replay_cache_holds_verified_objects_only = failed_first


_add_replays()
add_cases(Refusals, corpus_handshake.REFUSED, "test_{}_is_refused",
          lambda self, case: self.assert_refused(case(self.world)))
add_cases(Refusals, corpus_handshake.TAKEN, "test_{}_is_taken",
          lambda self, case: self.assert_taken(case(self.world)))
