"""Established sessions: frames that end them silently, frames that do not."""

import socket

import corpus_frames
import corpus_session
import messages
from cases import RelayCase, add_cases
from keys import hash_text
from messages import is_answer, is_update
from sdmp_peer import Peer


class Frames(RelayCase):
    peers = 3

    @classmethod
    def prepare(cls):
        cls.world = corpus_session.FrameWorld(cls.pool.take(), cls.pool.take(), Peer("stranger"))

    def assert_fatal(self, case):
        peer, session = self.connect(self.world.peer)
        try:
            with session.send_lock:
                case(session, self.world)
        except (BrokenPipeError, ConnectionResetError):
            pass
        session.wait_closed()
        self.assertFalse(session.has(is_answer("frame")), "a fatal frame was answered")

    def assert_ignored(self, case):
        peer, session = self.connect(self.world.peer)
        with session.send_lock:
            case(session, self.world)
        self.assert_works(peer, session)

    def assert_welcome(self, case):
        _, session = self.connect(self.world.peer)
        with session.send_lock:
            case(session, self.world)
        answer = session.wait(is_answer("frame"), what="answer to the unusual frame")
        self.assertEqual(answer.body["status"], 404)

    def test_P_FRAME_frame_cut_off_by_the_end_of_the_stream(self):
        _, session = self.connect(self.world.peer)
        with session.send_lock:
            session.send_octets(session.channel.sending.seal_text(self.world.text())[:-1])
        session.sock.shutdown(socket.SHUT_WR)
        session.wait_closed()

    def test_P_FRAME_good_frame_before_a_bad_one_is_answered(self):
        peer, session = self.connect(self.world.peer)
        box = self.relay.identity.boxes[0]
        session.send(messages.resource_request(peer.fingerprint, "before", box.publisher, box.identifier))
        self.assertEqual(session.wait(is_answer("before")).body["status"], 200)
        session.send_octets(b"\xff" * 4)
        session.wait_closed()

    def test_P_FRAME_many_frames_in_both_directions(self):
        """600 requests without waiting: every one answered once, in frames that chain correctly."""
        peer, session = self.connect(self.world.peer)
        box = self.relay.identity.boxes[1]
        for number in range(600):
            session.send(
                messages.resource_request(peer.fingerprint, f"n{number}", box.publisher, box.identifier)
            )
        for number in range(600):
            self.assertEqual(session.wait(is_answer(f"n{number}")).content, box.text)
        answers = [m for m in session.log if str(m.body.get("request", "")).startswith("n")]
        self.assertEqual(len(answers), 600)

    def test_SYN_3_malformed_journal_request_has_no_answer(self):
        for limit in (-1, 1.5, "2", None):
            with self.subTest(limit=limit):
                peer, session = self.connect(self.world.peer)
                since = hash_text(b"nowhere")
                self.assert_works(peer, session, "before")
                mark = session.mark()
                session.send(messages.journal_request(peer.fingerprint, since, limit=limit))
                self.assert_works(peer, session)
                told = is_update(self.relay.fingerprint)
                self.assertFalse(session.has(told, since=mark), "a malformed journal_request was answered")
                session.close()

    def test_P_SYN_session_starts_with_a_journal_request(self):
        _, session = self.connect(self.world.peer)
        session.wait(messages.asks_journal(), what="journal_request at the start")


add_cases(Frames, corpus_frames.FATAL, "test_{}_closes_silently", Frames.assert_fatal)
add_cases(Frames, corpus_session.IGNORED, "test_{}_is_ignored", Frames.assert_ignored)
add_cases(Frames, corpus_session.WELCOME, "test_{}_is_answered", Frames.assert_welcome)
