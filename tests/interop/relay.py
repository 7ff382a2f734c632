"""The programs under test: one temporary home, `sdmp` and `sdmpd`, started and stopped."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from handshake import NOPE, Refused
from keys import Rejected
from sdmp_peer import Bundle, Peer
from session import TIMEOUT

READY_TIMEOUT = 30.0
EXIT_TIMEOUT = 20.0


class Settings:
    """Set by the command line of conformance.py."""

    bin_dir = None
    seed = 0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def eventually(attempt, *, timeout=TIMEOUT, what="condition"):
    """Polls until `attempt` returns something true; for changes no socket tells of."""
    end = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        result = attempt()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}")
        pause.wait(0.05)


class Relay:
    """One node under test. `identity` is its bundle; `address` where it listens."""

    def __init__(self, suite="modern"):
        self.suite = suite
        self.directory = tempfile.mkdtemp(prefix="sdmp-interop-")
        self.home = os.path.join(self.directory, "home")
        self.address = ("127.0.0.1", free_port())
        self.process = None
        self.stderr_lines = []
        self._files = 0
        self.sdmp(
            "init", "--home", self.home, "--name", "relay", "--suite", suite,
            "--listen", self.listen_text,
        )
        self.identity = Bundle(self.export())

    @property
    def listen_text(self):
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def fingerprint(self):
        return self.identity.node.fingerprint

    def sdmp(self, *arguments, check=True):
        """Runs `sdmp`; returns the finished process."""
        done = subprocess.run(
            [os.path.join(Settings.bin_dir, "sdmp"), *arguments],
            capture_output=True, timeout=60, check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"sdmp {' '.join(arguments)} exited {done.returncode}: {done.stderr.decode()}"
            )
        return done

    def export(self):
        return self.sdmp("export", "--home", self.home).stdout

    def _write_bundle(self, octets):
        self._files += 1
        path = os.path.join(self.directory, f"bundle{self._files}.jsonl")
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def trust(self, *peers, check=True):
        """`sdmp trust add` for these peers' bundles; the peers learn the relay in turn."""
        files = [self._write_bundle(peer.bundle_octets()) for peer in peers]
        done = self.sdmp("trust", "add", *files, "--home", self.home, check=check)
        for peer in peers:
            peer.remote = self.identity.node
        return done

    def introduce(self, peer):
        """Only the peer's side: it knows the relay, the relay does not know it."""
        peer.remote = self.identity.node
        return peer

    def configure_peers(self, addresses):
        """Sets the top-level `peers` of node.toml (a key must stand before the first table)."""
        path = os.path.join(self.home, "node.toml")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        lines = [line for line in lines if not re.match(r"\s*peers\s*=", line)]
        table = next((i for i, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
        quoted = ", ".join(f'"{address}"' for address in addresses)
        lines.insert(table, f"peers = [{quoted}]")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        self.process = subprocess.Popen(
            [
                os.path.join(Settings.bin_dir, "sdmpd"),
                "--home", self.home, "--listen", self.listen_text,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        ready = threading.Event()
        ended = threading.Event()
        threading.Thread(
            target=self._read_stderr, args=(self.process.stderr, ready, ended), daemon=True
        ).start()
        if not ready.wait(READY_TIMEOUT) or ended.is_set():
            self.kill()
            raise AssertionError("sdmpd is not ready; stderr:\n" + "".join(self.stderr_lines))
        return self

    def _read_stderr(self, stream, ready, ended):
        for raw in stream:
            line = raw.decode("utf-8", "replace")
            self.stderr_lines.append(line)
            if "sdmpd: ready" in line and not ready.is_set():
                ready.set()
        if not ready.is_set():
            ended.set()
            ready.set()

    def stop(self):
        """SIGTERM; the exit status must be 0."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("sdmpd did not end after SIGTERM") from None
        finally:
            process.stderr.close()
        if status != 0:
            raise AssertionError(
                f"sdmpd exited {status}; stderr ends:\n" + "".join(self.stderr_lines[-40:])
            )

    def kill(self):
        """SIGKILL, as a crash would be."""
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def discard(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    # Raw connections.

    def connect(self):
        sock = socket.create_connection(self.address, TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def accepts(self, peer):
        """True when the relay takes a connection of this peer now."""
        try:
            peer.dial(self.address).close()
            return True
        except (Refused, Rejected, ConnectionError):
            return False


class Pool:
    """Peers a relay trusts, made in advance so that each test can have its own."""

    def __init__(self, relay, count, **options):
        self._peers = [Peer(f"peer{i}", **options) for i in range(count)]
        relay.trust(*self._peers)
        self._free = iter(self._peers)

    def take(self):
        peer = next(self._free, None)
        if peer is None:
            raise AssertionError("the class needs a larger `peers`")
        return peer


def answer_to(sock, octets):
    """Sends octets and returns everything up to the end of the stream."""
    try:
        sock.sendall(octets)
    except (BrokenPipeError, ConnectionResetError):
        pass
    parts = []
    while True:
        portion = sock.recv(65536)
        if not portion:
            return b"".join(parts)
        parts.append(portion)
        if sum(map(len, parts)) > len(NOPE) and parts[0][:1] == b"{":
            return b"".join(parts)
