"""An established session: a reader thread, a log of messages, waiting with a deadline."""

import socket
import threading
import time

from jws import Container, sign
from keys import Rejected
from messages import Message
from wire import blocks_of, unpack

TIMEOUT = 10.0
HEADER, TAG, BLOCK = 4, 16, 256


class Timeout(AssertionError):
    """Nothing fitting came within the deadline; the text lists what did come."""


class Session:
    """Frames over one connection. Messages are verified, logged, then handed to `owner.answer`."""

    def __init__(self, sock, channel, owner, remote, pending=b"", *, answering=True):
        self.sock = sock
        self.channel = channel
        self.owner = owner
        self.remote = remote
        self.answering = answering
        self.log = []
        self.failure = None
        self.closed = False
        self._pending = bytearray(pending)
        self._changed = threading.Condition()
        self.send_lock = threading.RLock()  # held by tests that seal first and send later
        self._identifiers = 0
        sock.settimeout(None)
        self._thread = threading.Thread(target=self._read_all, daemon=True)

    def start(self):
        self._thread.start()
        return self

    # Sending.

    def send(self, payload_value, *, key=None, **options):
        """Signs a payload with the node's key (or another one) and sends it as one frame."""
        self.send_text(sign(key or self.owner.node, payload_value, **options))

    def send_text(self, text):
        with self.send_lock:
            self.sock.sendall(self.channel.sending.seal_text(text))

    def send_plaintext(self, plaintext, **lies):
        with self.send_lock:
            self.sock.sendall(self.channel.sending.seal(plaintext, **lies))

    def send_octets(self, octets):
        with self.send_lock:
            self.sock.sendall(octets)

    def fresh_identifier(self):
        self._identifiers += 1
        return f"q{self._identifiers}"

    # Receiving.

    def mark(self):
        """A place in the log; waits may be told to look only behind it."""
        with self._changed:
            return len(self.log)

    def wait(self, predicate, *, since=0, timeout=TIMEOUT, what="message"):
        """The first logged message from `since` on that satisfies the predicate."""
        end = time.monotonic() + timeout
        at = since
        with self._changed:
            while True:
                while at < len(self.log):
                    if predicate(self.log[at]):
                        return self.log[at]
                    at += 1
                left = end - time.monotonic()
                if self.closed or left <= 0:
                    state = f"closed ({self.failure})" if self.closed else "open"
                    raise Timeout(f"no {what}; session {state}; came: {self.log[since:]!r}")
                self._changed.wait(left)

    def has(self, predicate, *, since=0):
        with self._changed:
            return any(predicate(message) for message in self.log[since:])

    def wait_closed(self, timeout=TIMEOUT):
        """Waits for the other side's close; AssertionError if it stays or sent anything but frames."""
        end = time.monotonic() + timeout
        with self._changed:
            while not self.closed:
                left = end - time.monotonic()
                if left <= 0:
                    raise Timeout(f"the session was not closed; came: {self.log!r}")
                self._changed.wait(left)
        if self.failure:
            raise AssertionError(f"not a silent close: {self.failure}")

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(TIMEOUT)
        self.sock.close()

    def _read_all(self):
        try:
            while True:
                message = self._read_message()
                if message is None:
                    break
                with self._changed:
                    self.log.append(message)
                    self._changed.notify_all()
                if self.answering:
                    self._answer(message)
        except Rejected as error:
            self.failure = str(error)
        except OSError:
            pass
        finally:
            with self._changed:
                self.closed = True
                self._changed.notify_all()

    def _answer(self, message):
        try:
            self.owner.answer(self, message)
        except OSError:
            pass  # our side of the stream has ended; what the other side still does must be seen

    def _read_message(self):
        header = self._take(HEADER, at_boundary=True)
        if header is None:
            return None
        body = self._take(blocks_of(header) * BLOCK + TAG)
        text = unpack(self.channel.receiving.open(header, body))
        box = Container(text)
        if box.publisher != self.remote.fingerprint:
            raise Rejected("P-SYN not signed by the peer")
        box.verify(self.remote)
        return Message(box)

    def _take(self, count, at_boundary=False):
        while len(self._pending) < count:
            portion = self.sock.recv(1 << 16)
            if not portion:
                if at_boundary and not self._pending:
                    return None
                raise Rejected(f"P-FRAME ended within a frame: {bytes(self._pending[:64])!r}")
            self._pending += portion
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken
