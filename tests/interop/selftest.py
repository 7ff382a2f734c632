"""The library against itself: two Python peers over a socket pair, and every corpus case.

A corpus case that our own strict reader does not judge as labelled is a bug of the suite.
"""

import socket
import threading
import unittest

import corpus_frames
import corpus_handshake
import corpus_session
import messages
from handshake import NOPE, Draft, Verifier, connection_members, initiate, known_group, respond
from journal import Journal, check_chain
from jws import Container, restyle, sign_text
from keys import PublicKey, Rejected, SigningKey, b64u, hash_text, shared_rsa_key, unb64u
from relay import answer_to
from sdmp_peer import Bundle, Peer, deletion_resource, post_resource
from session import Session
from strict_json import Document, nested
from wire import GROUPS, RATCHET_FRAMES, Direction, Ffdhe, deflate, pad, unpack

VECTOR = (
    "eyJzZG1wIjp7InZlcnNpb24iOiIwLjEwLjEiLCJwdWJsaXNoZXIiOiJHbHZBcmVUbzBsQ1N5dW03V3poOHB6aHhZT091LWdNSWdPMk45"
    "NUFBd0FHUDYtblI4eEN2V3ZJVzB0OXJGX1paZnBDWV9mRFYzOEpERkthT1U5MUE4USIsImNyZWF0ZWQiOiIyMDE1LTA2LTE5VDIzOjE1"
    "OjUyLjYwNVoiLCJzY2hlbWFzIjpbInJlc291cmNlIiwicG9zdCJdfSwicG9zdCI6eyJ0aXRsZSI6IkxpZmUgaXMgR3JlYXQiLCJjb250"
    "ZW50IjoiV2hlbiB5b3UgYXJlICoqYXdlc29tZSoqIQoKQ2hlY2sgb3V0IG15IFt0aGluZ3NdKGh0dHA6Ly9zb21ldGhpbmcuY29tKSEi"
    "fX0"
)
VECTOR_ID = "OTA8fSUKIIHP4aaJolSzhd9BXLn0hIxXQktpwqdXDDJ56akD5Ok57dILlPgCdjLD4bMnzFRAWHPKy_wgofnLEA"


def pair(first, second):
    """Two peers that know each other."""
    first.remote, second.remote = second.node.public, first.node.public
    return first, second


def connected(first, second, group="x25519"):
    """Sessions of two peers over a socket pair, first being the initiator."""
    left, right = socket.socketpair()
    taken = []
    thread = threading.Thread(target=lambda: taken.append(second.take(right)))
    thread.start()
    draft = Draft(first.node, group)
    channel, rest = initiate(left, draft, first.verifier(), second.fingerprint)
    thread.join()
    return Session(left, channel, first, first.remote, rest).start(), taken[0]


class Primitives(unittest.TestCase):
    def test_P_ID_vector(self):
        self.assertEqual(hash_text(VECTOR.encode()), VECTOR_ID)
        self.assertRaises(Rejected, lambda: Document(unb64u(VECTOR)))

    def test_P_HS_groups_are_safe_primes(self):
        for name, group in GROUPS.items():
            if isinstance(group, Ffdhe):
                self.assertTrue(probably_prime(group.prime), name)
                self.assertTrue(probably_prime(group.prime // 2), name)

    def test_P_SEC_ratchet_after_2_20_frames(self):
        self.assertEqual(RATCHET_FRAMES, 1 << 20)
        sending, receiving = Direction(bytes(64)), Direction(bytes(64))
        secret = sending.secret
        sending.counter = receiving.counter = RATCHET_FRAMES - 1
        for number in range(3):
            text = b'{"n":%d}' % number
            frame = sending.seal_text(text)
            self.assertEqual(unpack(receiving.open(frame[:4], frame[4:])), text)
            self.assertNotEqual(sending.secret, secret)
            self.assertEqual(sending.counter, number)

    def test_P_SEC_ratchet_repeats(self):
        sending, receiving = Direction(bytes(64), 3), Direction(bytes(64), 3)
        seen = set()
        for _ in range(10):
            seen.add(sending.secret)
            frame = sending.seal_text(b"{}")
            self.assertEqual(unpack(receiving.open(frame[:4], frame[4:])), b"{}")
        self.assertEqual(len(seen), 4)

    def test_P_FRAME_padding_is_minimal_at_every_length(self):
        for length in range(700):
            text = b"{" + bytes(33 + (i * i * 7) % 90 for i in range(length)) + b"}"
            plaintext = pad(deflate(text))
            self.assertEqual(len(plaintext) % 256, 0)
            self.assertEqual(unpack(plaintext), text)

    def test_P_KEY_only_good_keys(self):
        good = SigningKey.generate().spki
        self.assertEqual(PublicKey(good).alg, "EdDSA")
        for bad in (good + b"\0", good[:-32] + bytes(32), good[:-32] + b"\1" + bytes(31), b"", good[:-1]):
            self.assertRaises(Rejected, PublicKey, bad)
        self.assertEqual(PublicKey(shared_rsa_key(0).spki).alg, "RS512")
        self.assertRaises(Rejected, lambda: PublicKey(SigningKey.generate("rsa", 1024).spki))

    def test_P_JWS_depth_16_is_taken_17_is_not(self):
        Document(nested(16).encode())
        self.assertRaises(Rejected, Document, nested(17).encode())

    def test_JRN_4_chain(self):
        journal = Journal(hash_text(b"node"))
        for number in range(5):
            journal.append(hash_text(b"p"), hash_text(b"%d" % number))
        check_chain(journal.lines[2], journal.lines[3:])
        self.assertRaises(Rejected, check_chain, journal.lines[1], journal.lines[3:])
        self.assertEqual(journal.after(journal.number_of(2), 2), (journal.number_of(2), journal.lines[3:5]))
        self.assertEqual(journal.after("unknown")[0], journal.fingerprint)
        self.assertEqual(journal.after(journal.last_known), (journal.last_known, []))

    def test_P_JWS_restyling_keeps_the_identifier(self):
        peer = Peer("a")
        text = post_resource(peer.user, "x", title="t")
        for style in ("flattened", "spaced", "escaped"):
            other = Container(restyle(text, style)).verify(peer.user.public)
            self.assertEqual(other.identifier, Container(text).identifier)

    def test_RES_bundle_reads_back(self):
        peer = Peer("a", address="127.0.0.1:7367")
        bundle = Bundle(peer.bundle_octets())
        self.assertEqual(bundle.node.fingerprint, peer.fingerprint)
        self.assertEqual(len(bundle.of_schema("node_information")), 1)


class TwoPeers(unittest.TestCase):
    def test_handshake_of_every_kind(self):
        for kind in ("ed25519", "rsa"):
            for group in GROUPS:
                with self.subTest(kind=kind, group=group):
                    first, second = pair(self.peer(kind, 0), self.peer(kind, 2))
                    near, far = connected(first, second, group)
                    resource = Container(second.bundle[0])
                    answer = first.fetch(near, resource.publisher, resource.identifier)
                    self.assertEqual((answer.body["status"], answer.content), (200, resource.text))
                    near.close()
                    far.wait_closed()
                    far.close()

    @staticmethod
    def peer(kind, slot):
        if kind == "ed25519":
            return Peer(f"p{slot}")
        return Peer(f"p{slot}", user=shared_rsa_key(slot), node=shared_rsa_key(slot + 1))

    def test_sync_of_a_journal_and_a_deletion(self):
        first, second = pair(Peer("a"), Peer("b"))
        near, far = connected(first, second)
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        box = second.announce(far, post_resource(second.user, "news", style="spaced"))
        near.wait(messages.tells_of(box.identifier))
        self.assertEqual(first.fetch(near, box.publisher, box.identifier).content, box.text)
        second.announce(far, deletion_resource(second.user, [box.identifier]))
        self.assertEqual(first.fetch(near, box.publisher, box.identifier).body["status"], 404)
        copy = first.read_journal(near, page=2)
        self.assertEqual(copy.lines, second.journal.lines)

    def test_replay_is_refused_in_every_serialization(self):
        world = handshake_world()
        verifier = world_verifier(world)
        text = world.draft().text()
        verifier.check(text)
        for change in corpus_handshake.REPLAYS.values():
            self.assertRaises(Rejected, verifier.check, change(text))


def handshake_world():
    rsa_peer = Peer("rsa", user=shared_rsa_key(0), node=shared_rsa_key(1))
    return corpus_handshake.World(
        Peer("a"), rsa_peer, Peer("b"), Peer("stranger"), Peer("relay").fingerprint
    )


def world_verifier(world):
    nodes = {p.fingerprint: p.node.public for p in (world.peer, world.rsa_peer, world.other)}
    return Verifier(world.relay_fingerprint, nodes)


class HandshakeCorpus(unittest.TestCase):
    """Our own responder judges every case as labelled."""

    @classmethod
    def setUpClass(cls):
        cls.world = handshake_world()
        cls.key = SigningKey.generate()

    def respond_to(self, octets):
        left, right = socket.socketpair()
        left.settimeout(20)

        def serve():
            try:
                respond(right, self.key, world_verifier(self.world))
                right.close()
            except Rejected:
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        answer = answer_to(left, octets)
        left.close()
        thread.join()
        return answer

    def test_refused(self):
        for name, case in corpus_handshake.REFUSED.items():
            with self.subTest(name):
                self.assertEqual(self.respond_to(case(self.world)), NOPE)

    def test_taken(self):
        for name, case in corpus_handshake.TAKEN.items():
            with self.subTest(name):
                box = Container(self.respond_to(case(self.world)))
                known_group(connection_members(box))


class FrameCorpus(unittest.TestCase):
    """Our own receiver judges every case as labelled."""

    def session(self):
        first, second = pair(Peer("a"), Peer("b"))
        near, far = connected(first, second)
        far.answering = False
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        return near, far, corpus_session.FrameWorld(first, Peer("other"), Peer("stranger"))

    def test_fatal(self):
        for name, case in corpus_frames.FATAL.items():
            with self.subTest(name):
                near, far, world = self.session()
                case(near, world)
                near.sock.shutdown(socket.SHUT_WR)
                self.assertRaises(AssertionError, far.wait_closed)

    def test_ignored_and_welcome(self):
        for name, case in {**corpus_session.IGNORED, **corpus_session.WELCOME}.items():
            with self.subTest(name):
                near, far, world = self.session()
                case(near, world)
                near.send(world.request("behind"))
                far.wait(lambda m: m.body.get("identifier") == "behind", timeout=5)

    def test_sign_text_takes_any_octets(self):
        key = SigningKey.generate()
        self.assertRaises(Rejected, Container, sign_text(key, b"\xff"))
        self.assertIn(b64u(b"\xff").encode(), sign_text(key, b"\xff"))


def probably_prime(number, rounds=(2, 3, 5, 7)):
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in rounds:
        value = pow(base, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = pow(value, 2, number)
            if value == number - 1:
                break
        else:
            return False
    return True
