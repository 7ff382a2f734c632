"""The relay as dialler: it finds the peer's address in its node.toml and node_information."""

import socket
from concurrent.futures import ThreadPoolExecutor

import messages
from cases import RelayCase
from handshake import MAX_OBJECT, NOPE, Channel, Draft, read_object, read_to_end
from jws import sign, timestamp
from keys import b64u
from sdmp_peer import Peer, post_resource
from session import TIMEOUT, Session
from strict_json import Raw
from wire import GROUPS

DIAL_TIMEOUT = 30.0


class DialCase(RelayCase):
    """Each behaviour has its own peer and listener; the relay dials them all when it starts."""

    peers = 1
    behaviours = {}

    @classmethod
    def prepare(cls):
        cls.other = cls.pool.take()
        cls.results, addresses, targets = {}, [], []
        executor = ThreadPoolExecutor(max_workers=max(1, len(cls.behaviours)))
        cls.addClassCleanup(executor.shutdown, wait=False)
        listeners = {}
        for name in cls.behaviours:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.settimeout(DIAL_TIMEOUT)
            cls.addClassCleanup(listener.close)
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            peer = Peer(name, address=address)
            addresses.append(address)
            targets.append(peer)
            listeners[name] = (listener, peer)
        cls.relay.trust(*targets)
        cls.relay.configure_peers(addresses)
        for name, (listener, peer) in listeners.items():
            cls.results[name] = executor.submit(cls.serve, listener, peer, cls.behaviours[name])

    @classmethod
    def serve(cls, listener, peer, behaviour):
        sock, _ = listener.accept()
        sock.settimeout(TIMEOUT)
        return behaviour(cls, sock, peer)

    def result(self, name):
        return self.results[name].result(DIAL_TIMEOUT)


def take_session(cls, sock, peer):
    """A good answer; the first frame leaves in the same segment as the object."""
    text, rest = read_object(sock, refusal=False)
    assert not rest, "TCP-1: octets behind the initiator's object"
    box, group, public = peer.verifier().check(text)
    draft = Draft(peer.node, group.name)
    answer = draft.text()
    channel = Channel("responder", group.shared(draft.secret, public), text, answer)
    session = Session(sock, channel, peer, peer.remote)
    first = messages.journal_request(peer.fingerprint, peer.remote.fingerprint)
    frame = session.channel.sending.seal_text(sign(peer.node, first))
    sock.sendall(answer + frame)
    return peer, session.start(), group


def bad_answer(build):
    """Answers with what `build(cls, draft, text, peer)` returns; the result is what the relay then sends."""

    def behaviour(cls, sock, peer):
        text, _ = read_object(sock, refusal=False)
        _, group, _ = peer.verifier().check(text)
        answer = build(cls, Draft(peer.node, group.name), text, peer)
        with sock:
            sock.sendall(answer)
            return read_to_end(sock)

    return behaviour


def bent(part, **changes):
    def build(cls, draft, text, peer):
        getattr(draft, part).update(changes)
        return draft.text()

    return bad_answer(build)


def hangs_up(cls, sock, peer):
    read_object(sock, refusal=False)
    with sock:
        sock.sendall(NOPE)
        sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)


def _another_group(cls, draft, text, peer):
    other = "ffdhe2048" if draft.group.name != "ffdhe2048" else "x25519"
    return Draft(peer.node, other).text()


def _spoilt_signature(cls, draft, text, peer):
    good = draft.text()
    at = good.rindex(b'"signature":"') + 13
    return good[:at] + (b"B" if good[at : at + 1] == b"A" else b"A") + good[at + 1 :]


def _zero_N(cls, draft, text, peer):
    draft.connection["N"] = b64u(bytes(draft.group.size))
    return draft.text()


REFUSED_ANSWERS = {
    "P_HS_answer_of_another_trusted_node": bad_answer(lambda c, d, t, p: Draft(c.other.node, d.group.name).text()),
    "P_HS_answer_of_an_unknown_node": bad_answer(lambda c, d, t, p: Draft(Peer("x").node, d.group.name).text()),
    "P_HS_answer_signed_by_the_user": bad_answer(lambda c, d, t, p: Draft(p.user, d.group.name).text()),
    "P_HS_answer_with_another_group": bad_answer(_another_group),
    "P_HS_own_object_reflected": bad_answer(lambda c, d, t, p: t),
    "SES_5_bad_signature": bad_answer(_spoilt_signature),
    "P_HS_N_zero": bad_answer(_zero_N),
    "P_HS_g_float": bad_answer(
        lambda c, d, t, p: d.connection.update(g=Raw(f"{d.group.g}.0")) or d.text()),
    "SES_4_extra_member": bent("connection", n=1),
    "P_JWS_protected_jwk": bent("protected", jwk={}),
    "P_HS_301_s_old": bad_answer(
        lambda c, d, t, p: d.sdmp.update(created=timestamp(-301)) or d.text()),
    "P_HS_leading_space": bad_answer(lambda c, d, t, p: b" " + d.text()),
    "P_HS_16385_octets": bad_answer(
        lambda c, d, t, p: (lambda o: o[:1] + b" " * (MAX_OBJECT + 1 - len(o)) + o[1:])(d.text())),
}


class ModernDialler(DialCase):
    behaviours = {
        "good": take_session,
        "P_HS_nope": hangs_up,
        "P_HS_flattened_answer": lambda cls, sock, peer: flattened(sock, peer),
        **REFUSED_ANSWERS,
    }

    def test_TCP_1_relay_dials_speaks_first_and_the_session_works(self):
        peer, session, group = self.result("good")
        self.addCleanup(session.close)
        self.assertEqual(group.name, "x25519")
        session.wait(messages.is_update(), what="answer to the frame behind the object")
        self.assert_works(peer, session)
        box = peer.announce(session, post_resource(peer.node, "from the dialled side"))
        self.assert_told_somewhere(peer, session, box)

    def assert_told_somewhere(self, peer, session, box):
        session.wait(messages.asks_for(box.identifier), what="request for the announced resource")
        witness, seen, copy = self.joined(self.other)
        if box.identifier not in copy.resources():
            self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_HS_flattened_answer_is_taken(self):
        peer, session = self.result("P_HS_flattened_answer")
        self.addCleanup(session.close)
        self.assert_works(peer, session)

    def test_P_HS_a_node_that_receives_nope_just_closes(self):
        self.assertEqual(self.result("P_HS_nope"), b"")


def flattened(sock, peer):
    text, _ = read_object(sock, refusal=False)
    _, group, public = peer.verifier().check(text)
    draft = Draft(peer.node, group.name)
    draft.style = "flattened"
    answer = draft.text()
    sock.sendall(answer)
    channel = Channel("responder", group.shared(draft.secret, public), text, answer)
    return peer, Session(sock, channel, peer, peer.remote).start()


def _add_refused_answers():
    for name in REFUSED_ANSWERS:

        def method(self, name=name):
            self.assertEqual(self.result(name), NOPE)

        setattr(ModernDialler, f"test_{name}_is_refused", method)


_add_refused_answers()


class ClassicDialler(DialCase):
    suite = "classic"
    behaviours = {"good": take_session, "P_HS_N_zero": bad_answer(_zero_N)}

    def test_P_KEY_classic_dials_with_ffdhe3072(self):
        peer, session, group = self.result("good")
        self.addCleanup(session.close)
        self.assertIs(group, GROUPS["ffdhe3072"])
        self.assert_works(peer, session)

    def test_P_HS_N_zero_is_refused(self):
        self.assertEqual(self.result("P_HS_N_zero"), NOPE)
