"""Connection objects that must be refused, and unusual ones that must be taken.

Each case gets a World and returns the octets an initiator sends. Names start with the clause.
"""

import random
import zlib

from handshake import MAX_OBJECT, Draft
from jws import assemble, restyle, sign, sign_text, timestamp
from keys import b64u, unb64u, with_trailing_bits
from strict_json import Pairs, Raw, dump, nested
from wire import GROUPS

REFUSED, TAKEN = {}, {}
_P = 2**255 - 19
_ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


class World:
    """Whom the cases may speak as. `peer` is trusted; `stranger` is not; relay is the receiver."""

    def __init__(self, peer, rsa_peer, other, stranger, relay_fingerprint, seed=0):
        self.peer, self.rsa_peer, self.other, self.stranger = peer, rsa_peer, other, stranger
        self.relay_fingerprint = relay_fingerprint
        self.random = random.Random(seed)

    def draft(self, group="x25519"):
        return Draft(self.peer.node, group)


def refused(case):
    REFUSED[case.__name__] = case
    return case


def taken(case):
    TAKEN[case.__name__] = case
    return case


def _bent(table, name, bend, group="x25519"):
    """Registers a case that changes one thing of a good draft."""

    def case(world):
        draft = world.draft(group)
        bend(draft)
        return draft.text()

    table[name] = case


def _members(part, **changes):
    return lambda draft: getattr(draft, part).update(changes)


def _without(part, name):
    return lambda draft: getattr(draft, part).pop(name)


# g: the integer token and nothing else.
for label, token in {
    "float": "9.0", "exponent": "9e0", "scaled": "90e-1", "string": '"9"', "plus_2_64": str(2**64 + 9),
    "plus_2_32": str(2**32 + 9), "negative": "-9", "leading_zero": "09", "null": "null", "true": "true",
    "array": "[9]", "of_ffdhe": "2", "zero": "0", "plus_sign": "+9", "huge": "9" * 400,
}.items():
    _bent(REFUSED, f"P_HS_g_{label}", _members("connection", g=Raw(token)))
_bent(REFUSED, "P_HS_g_of_x25519_in_ffdhe", _members("connection", g=Raw("9")), "ffdhe2048")
_bent(REFUSED, "P_HS_ffdhe_g_float", _members("connection", g=Raw("2.0")), "ffdhe2048")

# p: known primes only.
for label, octets in {
    "one_less": (_P - 1).to_bytes(32, "big"),
    "little_endian": _P.to_bytes(32, "little"),
    "leading_zero_octet": b"\0" + _P.to_bytes(32, "big"),
    "empty": b"",
    "zero": bytes(32),
    "ffdhe_one_less": (GROUPS["ffdhe2048"].prime - 1).to_bytes(256, "big"),
    "curve25519_order": _ED25519_ORDER.to_bytes(32, "big"),
}.items():
    _bent(REFUSED, f"SES_6_p_{label}", _members("connection", p=b64u(octets)))
_bent(REFUSED, "SES_6_p_of_another_group", _members("connection", p=b64u(GROUPS["ffdhe3072"].p)), "ffdhe2048")
_bent(REFUSED, "SES_3_p_number", _members("connection", p=23))

# N of X25519: length, and points that lead to the all-zero result.
for label, octets in {
    "empty": b"", "31_octets": bytes(range(1, 32)), "33_octets": bytes(range(1, 34)),
    "order_0": bytes(32),
    "order_1": (1).to_bytes(32, "little"),
    "order_8_a": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "order_8_b": bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    "p_minus_1": (_P - 1).to_bytes(32, "little"),
    "p": _P.to_bytes(32, "little"),
    "p_plus_1": (_P + 1).to_bytes(32, "little"),
    "order_1_high_bit": (1 + 2**255).to_bytes(32, "little"),
}.items():
    _bent(REFUSED, f"P_HS_x25519_N_{label}", _members("connection", N=b64u(octets)))
_bent(REFUSED, "SES_3_N_number", _members("connection", N=5))

# N of ffdhe: range and exact length.
for group in ("ffdhe2048", "ffdhe3072", "ffdhe4096"):
    prime, size = GROUPS[group].prime, GROUPS[group].size
    for label, number, length in (
        ("zero", 0, size), ("one", 1, size), ("p_minus_1", prime - 1, size), ("p", prime, size),
        ("p_plus_1", prime + 1, size), ("stripped", 4, 1), ("empty", 0, 0), ("one_octet_more", 4, size + 1),
        ("one_octet_less", 4, size - 1),
    ):
        value = b64u(number.to_bytes(length, "big"))
        _bent(REFUSED, f"P_HS_{group}_N_{label}", _members("connection", N=value), group)
_bent(TAKEN, "P_HS_ffdhe_N_two", _members("connection", N=b64u((2).to_bytes(256, "big"))), "ffdhe2048")
_bent(TAKEN, "P_HS_ffdhe_N_p_minus_2",
      _members("connection", N=b64u((GROUPS["ffdhe2048"].prime - 2).to_bytes(256, "big"))), "ffdhe2048")

# base64url inside the object.
for member in ("N", "p"):
    _bent(REFUSED, f"P_JWS_{member}_padded",
          lambda d, m=member: d.connection.update({m: d.connection[m] + "="}))
    _bent(REFUSED, f"P_JWS_{member}_trailing_bits",
          lambda d, m=member: d.connection.update({m: with_trailing_bits(d.connection[m])}))
    _bent(REFUSED, f"P_JWS_{member}_white_space",
          lambda d, m=member: d.connection.update({m: d.connection[m][:9] + "\n" + d.connection[m][9:]}))
    _bent(REFUSED, f"P_JWS_{member}_foreign_character",
          lambda d, m=member: d.connection.update({m: "+" + d.connection[m][1:]}))
    _bent(REFUSED, f"SES_3_{member}_missing", _without("connection", member))
_bent(REFUSED, "SES_3_g_missing", _without("connection", "g"))
_bent(REFUSED, "SES_3_connection_array", lambda d: setattr(d, "payload", lambda: {"sdmp": d.sdmp, "connection": []}))
_bent(REFUSED, "SES_3_connection_missing", lambda d: setattr(d, "payload", lambda: {"sdmp": d.sdmp}))

# Extra members at every level.
_bent(REFUSED, "SES_4_extra_member_in_connection", _members("connection", n="x"))
_bent(REFUSED, "SES_4_extra_member_in_payload", _members("extra", hint=1))
_bent(REFUSED, "SES_4_extra_member_in_sdmp", _members("sdmp", note="x"))
for label, value in {
    "crit": [], "jwk": {}, "b64": True, "x5c": [], "typ": "JOSE", "jku": "https://example.org/",
}.items():
    _bent(REFUSED, f"P_JWS_protected_{label}", _members("protected", **{label: value}))
_bent(REFUSED, "SES_4_depth_17", _members("extra", deep=nested(16)))
_bent(REFUSED, "P_JWS_protected_depth_17", _members("protected", deep=nested(16)))

# alg, kid, publisher.
for label, value in {
    "of_the_other_key_type": "RS512", "none": "none", "ES512": "ES512", "lower_case": "eddsa", "empty": "",
    "number": 1, "null": None, "HS512": "HS512",
}.items():
    _bent(REFUSED, f"P_KEY_alg_{label}", _members("protected", alg=value))
_bent(REFUSED, "P_JWS_alg_missing", _without("protected", "alg"))
_bent(REFUSED, "P_JWS_kid_null", _members("protected", kid=None))
_bent(REFUSED, "P_JWS_kid_empty", _members("protected", kid=""))
_bent(REFUSED, "CON_3_publisher_padded", lambda d: d.sdmp.update(publisher=d.key.fingerprint + "=="))
_bent(REFUSED, "CON_3_publisher_short", lambda d: d.sdmp.update(publisher=d.key.fingerprint[:-1]))
_bent(REFUSED, "CON_3_publisher_trailing_bits",
      lambda d: d.sdmp.update(publisher=with_trailing_bits(d.key.fingerprint)))
_bent(REFUSED, "CON_3_publisher_missing", _without("sdmp", "publisher"))
_bent(TAKEN, "P_JWS_kid_absent", _without("protected", "kid"))

# version, created, schemas.
for label, value in {
    "0_11_0": "0.11.0", "1_0_0": "1.0.0", "0_9_9": "0.9.9", "two_numbers": "0.10", "v": "v0.10.4", "zero_led": "0.10.04",
    "space": "0.10.4 ", "number": 10, "empty_suffix": "0.10.4-", "four_numbers": "0.10.4.1",
}.items():
    _bent(REFUSED, f"CON_2_version_{label}", _members("sdmp", version=value))
for label, value in {
    "0_10_0": "0.10.0", "0_10_99": "0.10.99", "pre_release": "0.10.4-rc.1", "build": "0.10.4+b.7",
}.items():
    _bent(TAKEN, f"CON_2_version_{label}", _members("sdmp", version=value))
_bent(REFUSED, "CON_2_version_missing", _without("sdmp", "version"))
for label, bend in {
    "301_s_old": lambda: timestamp(-301), "301_s_ahead": lambda: timestamp(301.9), "a_day_old": lambda: timestamp(-86400),
    "no_milliseconds": lambda: timestamp()[:19] + "Z", "microseconds": lambda: timestamp()[:-1] + "000Z",
    "offset": lambda: timestamp()[:-1] + "+00:00", "lower_case_z": lambda: timestamp()[:-1] + "z",
    "space_for_T": lambda: timestamp().replace("T", " "), "comma": lambda: timestamp().replace(".", ","),
    "month_13": lambda: timestamp()[:5] + "13" + timestamp()[7:], "day_32": lambda: timestamp()[:8] + "32" + timestamp()[10:],
    "hour_24": lambda: timestamp()[:11] + "24" + timestamp()[13:], "no_zone": lambda: timestamp()[:-1], "number": lambda: 1437925717,
}.items():
    _bent(REFUSED, f"CON_4_created_{label}", lambda d, b=bend: d.sdmp.update(created=b()))
_bent(TAKEN, "P_HS_created_290_s_old", lambda d: d.sdmp.update(created=timestamp(-290)))
_bent(TAKEN, "P_HS_created_290_s_ahead", lambda d: d.sdmp.update(created=timestamp(290)))
_bent(REFUSED, "CON_4_created_missing", _without("sdmp", "created"))
for label, value in {
    "empty": [], "twice": ["connection", "connection"], "second": ["connection", "message"], "not_first": ["message", "connection"],
    "string": "connection", "other": ["resource"], "upper_case": ["Connection"], "number": [1],
    "with_uri": ["connection", "https://example.org/s.json"],
}.items():
    _bent(REFUSED, f"SES_2_schemas_{label}", _members("sdmp", schemas=value))
_bent(REFUSED, "CON_5_schemas_missing", _without("sdmp", "schemas"))
for style in ("flattened", "spaced", "escaped"):
    _bent(TAKEN, f"P_JWS_{style}", lambda d, s=style: setattr(d, "style", s))


# Who speaks.
@refused
def SES_5_unknown_publisher(world):
    return Draft(world.stranger.node).text()


@refused
def P_HS_publisher_of_type_user(world):
    return Draft(world.peer.user).text()


@refused
def P_HS_own_identity(world):
    draft = world.draft()
    draft.sdmp["publisher"] = draft.protected["kid"] = world.relay_fingerprint
    return draft.text()


@refused
def SES_5_signed_by_another_trusted_node(world):
    draft = world.draft()
    draft.key = world.other.node
    return draft.text()


@refused
def P_JWS_kid_of_another_trusted_node(world):
    draft = world.draft()
    draft.protected["kid"] = world.other.fingerprint
    return draft.text()


@refused
def P_KEY_alg_EdDSA_on_an_RSA_key(world):
    draft = Draft(world.rsa_peer.node)
    draft.protected["alg"] = "EdDSA"
    return draft.text()


@refused
def P_KEY_alg_PS512_on_an_RSA_key(world):
    draft = Draft(world.rsa_peer.node)
    draft.protected["alg"] = "PS512"
    return draft.text()


# The JWS around the payload.
def _parts(world):
    draft = world.draft()
    payload, protected = dump(draft.payload()).encode(), dump(draft.protected).encode()
    first, second = b64u(protected), b64u(payload)
    return second, first, b64u(draft.key.sign(f"{first}.{second}".encode()))


def _jws(name, build, table=REFUSED):
    table[name] = lambda world: dump(build(*_parts(world))).encode()


def _general(payload, entry):
    return {"payload": payload, "signatures": [entry]}


_jws("P_JWS_extra_member", lambda p, h, s: {**_general(p, {"protected": h, "signature": s}), "x": 1})
_jws("P_JWS_extra_member_in_signature", lambda p, h, s: _general(p, {"protected": h, "signature": s, "x": 1}))
_jws("P_JWS_unprotected_header", lambda p, h, s: _general(p, {"protected": h, "signature": s, "header": {}}))
_jws("P_JWS_flattened_unprotected_header",
     lambda p, h, s: {"payload": p, "protected": h, "signature": s, "header": {"kid": "x"}})
_jws("P_JWS_no_signatures", lambda p, h, s: {"payload": p, "signatures": []})
_jws("P_JWS_two_signatures", lambda p, h, s: {"payload": p, "signatures": [{"protected": h, "signature": s}] * 2})
_jws("P_JWS_general_and_flattened", lambda p, h, s: {**_general(p, {"protected": h, "signature": s}), "signature": s})
_jws("P_JWS_signatures_object", lambda p, h, s: {"payload": p, "signatures": {"protected": h, "signature": s}})
_jws("P_JWS_duplicate_payload",
     lambda p, h, s: Pairs([("payload", p), ("payload", p), ("signatures", [{"protected": h, "signature": s}])]))
_jws("P_JWS_duplicate_escaped_member",
     lambda p, h, s: Pairs([("protected", h), ("payload", p), ("signature", s), ("signature", s)]))
_jws("P_JWS_duplicate_signature",
     lambda p, h, s: _general(p, Pairs([("protected", h), ("signature", s), ("signature", s)])))
_jws("P_JWS_protected_missing", lambda p, h, s: _general(p, {"signature": s}))
_jws("P_JWS_signature_missing", lambda p, h, s: _general(p, {"protected": h}))
_jws("P_JWS_payload_missing", lambda p, h, s: {"signatures": [{"protected": h, "signature": s}]})
_jws("P_JWS_signature_padded", lambda p, h, s: _general(p, {"protected": h, "signature": s + "=="}))
_jws("P_JWS_signature_trailing_bits", lambda p, h, s: _general(p, {"protected": h, "signature": with_trailing_bits(s)}))
_jws("P_JWS_signature_short", lambda p, h, s: _general(p, {"protected": h, "signature": s[:-2]}))
_jws("P_JWS_signature_empty", lambda p, h, s: _general(p, {"protected": h, "signature": ""}))
_jws("SES_5_signature_zero", lambda p, h, s: _general(p, {"protected": h, "signature": b64u(bytes(64))}))
_jws("SES_5_signature_flipped", lambda p, h, s: _general(p, {"protected": h, "signature": ("A" if s[0] != "A" else "B") + s[1:]}))
_jws("P_JWS_signature_null", lambda p, h, s: _general(p, {"protected": h, "signature": None}))
_jws("P_JWS_payload_object", lambda p, h, s: _general({}, {"protected": h, "signature": s}))
_jws("CON_1_array", lambda p, h, s: [_general(p, {"protected": h, "signature": s})])


@refused
def SES_5_signature_S_plus_order(world):
    payload, protected, signature = _parts(world)
    raw = unb64u(signature)
    number = int.from_bytes(raw[32:], "little") + _ED25519_ORDER
    return assemble(payload, protected, b64u(raw[:32] + number.to_bytes(32, "little")))


def _signed_strings(payload, protected, key):
    """Signs the base64url strings as they stand, well formed or not."""
    return assemble(payload, protected, b64u(key.sign(f"{protected}.{payload}".encode())))


@refused
def P_JWS_payload_padded(world):
    payload, protected, _ = _parts(world)
    return _signed_strings(payload + "=" * (-len(payload) % 4 or 4), protected, world.peer.node)


@refused
def P_JWS_protected_padded(world):
    payload, protected, _ = _parts(world)
    return _signed_strings(payload, protected + "=" * (-len(protected) % 4 or 4), world.peer.node)


@refused
def P_JWS_payload_trailing_bits(world):
    draft = world.draft()
    text = dump(draft.payload()).encode()
    text += b" " * (1 if len(text) % 3 == 0 else 0)
    return _signed_strings(with_trailing_bits(b64u(text)), b64u(dump(draft.protected).encode()), world.peer.node)


def _payload_text(name, change):
    def case(world):
        return sign_text(world.peer.node, change(dump(world.draft().payload()).encode()))

    REFUSED[name] = case


_payload_text("P_JWS_duplicate_sdmp", lambda t: t[:-1] + b"," + t[1 : t.index(b',"connection"')] + b"}")
_payload_text("P_JWS_duplicate_g", lambda t: t.replace(b'"g":9', b'"g":9,"g":9'))
_payload_text("P_JWS_duplicate_g_escaped", lambda t: t.replace(b'"g":9', b'"g":9,"\\u0067":9'))
_payload_text("P_JWS_duplicate_version", lambda t: t.replace(b'"created"', b'"version":"0.10.4","created"'))
_payload_text("CON_1_payload_trailing_comma", lambda t: t[:-1] + b",}")
_payload_text("CON_1_payload_cut", lambda t: t[:-1])
_payload_text("CON_1_payload_text_behind", lambda t: t + b"{}")
_payload_text("CON_1_payload_byte_order_mark", lambda t: b"\xef\xbb\xbf" + t)
_payload_text("CON_1_payload_empty", lambda t: b"")
_payload_text("CON_1_payload_array", lambda t: b"[" + t + b"]")
_payload_text("CON_1_payload_deflated", lambda t: zlib.compress(t))
_payload_text("P_JWS_payload_not_UTF_8", lambda t: t.replace(b'"0.10.4"', b'"0.10.4+\xff"'))
_payload_text("P_JWS_payload_lone_surrogate", lambda t: t[:-1] + b',"x":"\\ud800"}')
_payload_text("CON_1_payload_comment", lambda t: b"/**/" + t)


@refused
def P_JWS_duplicate_alg(world):
    header = Pairs([("alg", "EdDSA"), ("alg", "EdDSA"), ("kid", world.peer.fingerprint)])
    return sign(world.peer.node, world.draft().payload(), protected=dump(header).encode())


@refused
def P_JWS_protected_array(world):
    return sign(world.peer.node, world.draft().payload(), protected=b'["EdDSA"]')


# The wire.
def _wire(name, change, table=REFUSED):
    table[name] = lambda world: change(world.draft().text())


_wire("P_HS_trailing_newline", lambda t: t + b"\n")
_wire("P_HS_trailing_brace", lambda t: t + b"}")
_wire("P_HS_trailing_zero", lambda t: t + b"\0")
_wire("P_HS_object_twice", lambda t: t + t)
_wire("P_HS_early_frame", lambda t: t + b"\0\0\0\1" + bytes(272))
_wire("P_HS_leading_space", lambda t: b" " + t)
_wire("P_HS_leading_newline", lambda t: b"\n" + t)
_wire("P_HS_byte_order_mark", lambda t: b"\xef\xbb\xbf" + t)
_wire("P_HS_length_prefix", lambda t: len(t).to_bytes(4, "big") + t)
_wire("P_HS_16385_octets", lambda t: t[:1] + b" " * (MAX_OBJECT + 1 - len(t)) + t[1:])
_wire("P_HS_80000_octets", lambda t: t[:1] + b" " * (80000 - len(t)) + t[1:])
_wire("P_HS_never_closed", lambda t: t[:-1] + b" " * (MAX_OBJECT + 2 - len(t)))
_wire("P_JWS_not_UTF_8", lambda t: t[:-1] + b',"\xc3\x28":1}')
_wire("P_JWS_trailing_comma", lambda t: t[:-1] + b",}")
_wire("P_JWS_vertical_tab_as_space", lambda t: t[:1] + b"\x0b" + t[1:])
_wire("TCP_2_http", lambda t: b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
_wire("TCP_2_tls", lambda t: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
_wire("TCP_2_array", lambda t: b"[" + t + b"]")
_wire("CON_1_empty_object", lambda t: b"{}")
_wire("CON_1_depth_17", lambda t: b'{"a":' * 16 + b"{}" + b"}" * 16)
_wire("CON_1_depth_2000", lambda t: b'{"a":' * 2000 + b"{}" + b"}" * 2000)
_wire("P_HS_16384_octets", lambda t: t[:1] + b" " * (MAX_OBJECT - len(t)) + t[1:], TAKEN)
_wire("P_JWS_all_JSON_white_space", lambda t: t[:1] + b" \t\r\n" + t[1:], TAKEN)


@refused
def P_HS_random_octets(world):
    octets = bytes(world.random.randrange(256) for _ in range(600))
    return b"{" + octets.translate(None, b'"\\{}') + b"}"


REPLAYS = {
    "unchanged": lambda text: text,
    "flattened": lambda text: restyle(text, "flattened"),
    "spaced": lambda text: restyle(text, "spaced"),
    "escaped": lambda text: restyle(text, "escaped"),
}
