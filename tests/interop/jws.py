"""Containers: making, reading and verifying them (CON, P-JWS, P-ID)."""

import datetime
import re

from keys import Rejected, b64u, hash_text, is_hash, unb64u
from strict_json import Document, Raw, dump

VERSION = "0.10.4"
RESERVED = frozenset(
    "connection encrypted identity journal_request journal_update message message_receipt"
    " node_information post relationship resource resource_request resource_response"
    " user_information".split()
)

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z\Z", re.ASCII)
_IDENTIFIERS = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER_0_10 = re.compile(
    r"0\.10\.(?:0|[1-9]\d*)"
    rf"(?:-{_IDENTIFIERS}(?:\.{_IDENTIFIERS})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z",
    re.ASCII,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z", re.ASCII)


def timestamp(offset=0.0):
    """The present plus `offset` seconds, as CON-4 writes it."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_timestamp(text):
    """Seconds since 1970 of a CON-4 timestamp; Rejected for any other form."""
    if not isinstance(text, str) or not _TIMESTAMP.match(text):
        raise Rejected("CON-4 created")
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError as error:
        raise Rejected("CON-4 created") from error
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def sdmp_members(publisher, schemas, *, created=None, updates=None):
    """The payload's `sdmp` object."""
    members = {
        "version": VERSION,
        "publisher": publisher,
        "created": created or timestamp(),
        "schemas": list(schemas),
    }
    if updates is not None:
        members["updates"] = list(updates)
    return members


def protected_header(key):
    return dump({"alg": key.alg, "kid": key.fingerprint}).encode()


def assemble(payload, protected, signature, style="general"):
    """A JWS text from its three base64url strings, in one of the serializations P-JWS accepts."""
    if style == "general":
        value = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
        return dump(value).encode()
    if style == "flattened":
        return dump({"protected": protected, "payload": payload, "signature": signature}).encode()
    if style == "spaced":
        return (
            f'{{ "signatures" :\t[ {{ "signature" : "{signature}" ,\r "protected" : "{protected}" }} ] ,'
            f' "payload" : "{payload}" }}'
        ).encode()
    if style == "escaped":
        return (
            f'{{"p\\u0061yload":"{payload}","\\u0073ignatures":'
            f'[{{"pr\\u006ftected":"{protected}","signatur\\u0065":"{signature}"}}]}}'
        ).encode()
    raise ValueError(style)


def sign_text(key, payload_text, *, protected=None, style="general"):
    """A signed container around the octets of a payload."""
    protected = b64u(protected_header(key) if protected is None else protected)
    payload = b64u(payload_text)
    signature = b64u(key.sign(f"{protected}.{payload}".encode()))
    return assemble(payload, protected, signature, style)


def sign(key, payload, **options):
    """A signed container around a payload value (dict, Raw and Pairs allowed inside)."""
    return sign_text(key, dump(payload).encode(), **options)


def restyle(text, style):
    """The same signature and signing input in another serialization."""
    box = Container(text)
    return assemble(box.payload_b64, box.protected_b64, b64u(box.signature), style)


class Container:
    """A parsed container: P-JWS and CON checked, the signature not yet (see verify)."""

    def __init__(self, text):
        self.text = bytes(text)
        self._read_jws(Document(self.text).value)
        self._read_protected(Document(unb64u(self.protected_b64)).value)
        self.document = Document(unb64u(self.payload_b64))
        self.payload = self.document.value
        self._check_payload()
        self.identifier = hash_text(self.payload_b64.encode())
        self.signing_input = f"{self.protected_b64}.{self.payload_b64}".encode()
        if self.kid is not None and self.kid != self.publisher:
            raise Rejected("P-JWS kid")

    def _read_jws(self, value):
        if not isinstance(value, dict):
            raise Rejected("CON-1 not an object")
        if set(value) == {"payload", "signatures"}:
            signatures = value["signatures"]
            if not isinstance(signatures, list) or len(signatures) != 1:
                raise Rejected("P-JWS exactly one signature")
            entry = signatures[0]
            if not isinstance(entry, dict) or set(entry) != {"protected", "signature"}:
                raise Rejected("P-JWS signature members")
        elif set(value) == {"payload", "protected", "signature"}:
            entry = value
        else:
            raise Rejected("P-JWS members")
        self.payload_b64 = value["payload"]
        self.protected_b64 = entry["protected"]
        self.signature = unb64u(entry["signature"])

    def _read_protected(self, header):
        if not isinstance(header, dict) or "alg" not in header or not set(header) <= {"alg", "kid"}:
            raise Rejected("P-JWS protected members")
        self.alg = header["alg"]
        self.kid = header.get("kid")
        if "kid" in header and not isinstance(self.kid, str):
            raise Rejected("P-JWS kid")

    def _check_payload(self):
        if not isinstance(self.payload, dict) or not isinstance(self.payload.get("sdmp"), dict):
            raise Rejected("CON-2 sdmp")
        sdmp = self.payload["sdmp"]
        version, schemas = sdmp.get("version"), sdmp.get("schemas")
        if not isinstance(version, str) or not _SEMVER_0_10.match(version):
            raise Rejected("CON-2 version")
        if not is_hash(sdmp.get("publisher")):
            raise Rejected("CON-3 publisher")
        self.publisher = sdmp["publisher"]
        self.created = parse_timestamp(sdmp.get("created"))
        if not isinstance(schemas, list) or not schemas:
            raise Rejected("CON-5 schemas")
        if not all(isinstance(name, str) for name in schemas) or len(set(schemas)) != len(schemas):
            raise Rejected("CON-5 schemas")
        if not all(name in RESERVED or _URI.match(name) for name in schemas):
            raise Rejected("CON-5 schema name")
        self.schemas = schemas
        updates = sdmp.get("updates", [])
        if not isinstance(updates, list) or not all(is_hash(item) for item in updates):
            raise Rejected("RES-4 updates")

    def verify(self, public):
        """Checks the signature with the publisher's key; the key alone decides the algorithm."""
        if public.fingerprint != self.publisher or public.alg != self.alg:
            raise Rejected("P-KEY alg")
        public.verify(self.signature, self.signing_input)
        return self


def embed(text):
    """A container's text as a JSON token (`data.content` keeps the exact sub-text)."""
    return Raw(text.decode("utf-8"))
