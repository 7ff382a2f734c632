"""Keys, fingerprints and base64url of SDMP 0.10 (CRY, P-KEY)."""

import base64
import functools
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")

# Ed25519 encodings of points whose order divides 8 (canonical and not); the sign bit is masked off.
_P25519 = 2**255 - 19
_ORDER8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_SMALL_ORDER_Y = {0, 1, _P25519 - 1, _P25519, _P25519 + 1, _ORDER8, _P25519 - _ORDER8}


class Rejected(Exception):
    """The other side sent something the rules forbid; the text names the clause."""


def b64u(octets):
    """Unpadded base64url of octets, as str."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unb64u(text):
    """Octets of canonical unpadded base64url (P-JWS); Rejected otherwise."""
    if not isinstance(text, str) or not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise Rejected("P-JWS base64url")
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(octets) != text:
        raise Rejected("P-JWS trailing bits")
    return octets


def with_trailing_bits(text):
    """The same octets in a base64url form whose unused trailing bits are not zero."""
    if len(text) % 4 in (0, 1):
        raise ValueError("no unused bits in this length")
    return text[:-1] + _ALPHABET[_ALPHABET.index(text[-1]) + 1]


def sha512(octets):
    return hashlib.sha512(octets).digest()


def hash_text(octets):
    """CRY-2: the string form of a hash."""
    return b64u(sha512(octets))


def is_hash(text):
    """True for the canonical string form of a SHA-512 value."""
    try:
        return len(unb64u(text)) == 64
    except Rejected:
        return False


class PublicKey:
    """A public key as an identity carries it; `alg` is the only JWS algorithm it may be used with."""

    def __init__(self, spki):
        try:
            key = serialization.load_der_public_key(spki)
        except Exception as error:
            raise Rejected(f"P-KEY {error}") from error
        if _spki(key) != spki:
            raise Rejected("P-KEY canonical DER")
        if isinstance(key, ed25519.Ed25519PublicKey):
            y = int.from_bytes(spki[-32:], "little") & (2**255 - 1)
            if y in _SMALL_ORDER_Y:
                raise Rejected("P-KEY small order")
            self.alg = "EdDSA"
        elif isinstance(key, rsa.RSAPublicKey):
            exponent = key.public_numbers().e
            if not 2048 <= key.key_size <= 4096 or exponent < 3 or exponent % 2 == 0:
                raise Rejected("P-KEY RSA size or exponent")
            self.alg = "RS512"
        else:
            raise Rejected("P-KEY key type")
        self._key = key
        self.spki = spki
        self.fingerprint = hash_text(spki)

    def verify(self, signature, data):
        try:
            if self.alg == "EdDSA":
                self._key.verify(signature, data)
            else:
                self._key.verify(signature, data, padding.PKCS1v15(), hashes.SHA512())
        except InvalidSignature as error:
            raise Rejected("SES-5 signature") from error


class SigningKey:
    """A private key; kind is `ed25519` or `rsa`."""

    def __init__(self, private):
        self._private = private
        self.public = PublicKey(_spki(private.public_key()))
        self.alg = self.public.alg
        self.spki = self.public.spki
        self.fingerprint = self.public.fingerprint

    @classmethod
    def generate(cls, kind="ed25519", bits=2048):
        if kind == "ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        if kind == "rsa":
            return cls(rsa.generate_private_key(public_exponent=65537, key_size=bits))
        raise ValueError(kind)

    def sign(self, data):
        if self.alg == "EdDSA":
            return self._private.sign(data)
        return self._private.sign(data, padding.PKCS1v15(), hashes.SHA512())


@functools.lru_cache(maxsize=None)
def shared_rsa_key(slot):
    """RSA keys are slow to make: one of a few that live as long as the run."""
    return SigningKey.generate("rsa")


def _spki(public):
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
