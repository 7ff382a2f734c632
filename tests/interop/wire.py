"""Groups, key schedule with ratchet, and frames (P-HS, P-SEC, P-FRAME)."""

import functools
import hashlib
import hmac
import os
import secrets
import struct
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys import Rejected, sha512

BLOCK = 256
MAX_BLOCKS = 4096
MAX_INFLATED = 4 << 20
RATCHET_FRAMES = 1 << 20
TAG = 16


@functools.lru_cache(maxsize=None)
def _ffdhe_prime(bits, x):
    """RFC 7919: p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1."""
    shift = bits + 64
    term, total, n = 1 << shift, 0, 1
    while term:
        total += term
        term //= n
        n += 1
    e_scaled = total >> (shift - (bits - 130))
    return 2**bits - 2 ** (bits - 64) + ((e_scaled + x) << 64) - 1


class Ffdhe:
    def __init__(self, bits, x):
        self.name = f"ffdhe{bits}"
        self.g = 2
        self.size = bits // 8
        self.prime = _ffdhe_prime(bits, x)
        self.p = self.prime.to_bytes(self.size, "big")

    def generate(self):
        """(secret, N): a 400-bit exponent is ample for every group here."""
        secret = secrets.randbits(400) | 1 << 399
        return secret, self.public(secret)

    def public(self, secret):
        return pow(self.g, secret, self.prime).to_bytes(self.size, "big")

    def shared(self, secret, other):
        if len(other) != self.size:
            raise Rejected("P-HS N length")
        number = int.from_bytes(other, "big")
        if not 2 <= number <= self.prime - 2:
            raise Rejected("P-HS N range")
        return pow(number, secret, self.prime).to_bytes(self.size, "big")


class X25519:
    name, g, size = "x25519", 9, 32
    p = (2**255 - 19).to_bytes(32, "big")

    def generate(self):
        secret = x25519.X25519PrivateKey.generate()
        public = secret.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return secret, public

    def shared(self, secret, other):
        if len(other) != 32:
            raise Rejected("P-HS N length")
        try:
            return secret.exchange(x25519.X25519PublicKey.from_public_bytes(other))
        except ValueError as error:
            raise Rejected("P-HS N low order") from error


GROUPS = {
    group.name: group
    for group in (X25519(), Ffdhe(2048, 560316), Ffdhe(3072, 2625351), Ffdhe(4096, 5736041))
}


def hkdf_extract(salt, ikm):
    return hmac.new(salt, ikm, hashlib.sha512).digest()


def hkdf_expand(prk, info, length):
    """HKDF-Expand of RFC 5869 for at most one block of SHA-512."""
    assert length <= 64
    return hmac.new(prk, info + b"\x01", hashlib.sha512).digest()[:length]


def direction_secrets(ikm, initiator_text, responder_text):
    """secret[d] of P-SEC for d = initiator and responder."""
    transcript = sha512(sha512(initiator_text) + sha512(responder_text))
    prk = hkdf_extract(transcript, ikm)
    return {
        who: hkdf_expand(prk, b"sdmp 0.10 tcp " + who.encode(), 64)
        for who in ("initiator", "responder")
    }


class Direction:
    """One direction's key, iv and counter; `ratchet_frames` is smaller only in tests of the ratchet."""

    def __init__(self, secret, ratchet_frames=RATCHET_FRAMES):
        self._ratchet_frames = ratchet_frames
        self._adopt(secret)

    def _adopt(self, secret):
        self.secret = secret
        self.key = hkdf_expand(secret, b"key", 32)
        self.iv = hkdf_expand(secret, b"iv", 12)
        self.counter = 0

    def nonce(self):
        mask = b"\0\0\0\0" + struct.pack(">Q", self.counter)
        return bytes(a ^ b for a, b in zip(self.iv, mask))

    def advance(self):
        self.counter += 1
        if self.counter == self._ratchet_frames:
            self._adopt(hkdf_expand(self.secret, b"ratchet", 64))

    def seal(self, plaintext, *, header=None, aad=None):
        """A frame around a plaintext; a false header or aad may be given to make a bad one."""
        if header is None:
            header = struct.pack(">I", len(plaintext) // BLOCK)
        sealed = AESGCM(self.key).encrypt(
            self.nonce(), plaintext, header if aad is None else aad
        )
        self.advance()
        return header + sealed

    def seal_text(self, text):
        return self.seal(pad(deflate(text)))

    def open(self, header, body):
        """The plaintext of a frame."""
        try:
            plaintext = AESGCM(self.key).decrypt(self.nonce(), body, header)
        except InvalidTag as error:
            raise Rejected("P-FRAME tag") from error
        self.advance()
        return plaintext


def deflate(text, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(text) + packer.flush()


def pad(stream):
    return stream + bytes(-len(stream) % BLOCK)


def unpack(plaintext, limit=MAX_INFLATED):
    """The container text within a frame's plaintext, every rule of P-FRAME checked."""
    unpacker = zlib.decompressobj(-15)
    try:
        text = unpacker.decompress(plaintext, limit + 1)
    except zlib.error as error:
        raise Rejected("P-FRAME deflate") from error
    if len(text) > limit:
        raise Rejected("P-FRAME inflated size")
    if not unpacker.eof:
        raise Rejected("P-FRAME BFINAL")
    rest = unpacker.unused_data
    if len(rest) >= BLOCK or any(rest):
        raise Rejected("P-FRAME padding")
    if not text.startswith(b"{") or not text.endswith(b"}"):
        raise Rejected("P-FRAME text")
    return text


def blocks_of(header, limit=MAX_BLOCKS):
    """The block count of a header, refused before anything is reserved."""
    (blocks,) = struct.unpack(">I", header)
    if not 1 <= blocks <= limit:
        raise Rejected("P-FRAME blocks")
    return blocks


def random_octets(count):
    return os.urandom(count)
