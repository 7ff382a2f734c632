"""Frames behind a good handshake that must end the session.

A case gets (session, world) and sends one thing; the other side must close without a word.
"""

import gzip
import zlib

import messages
from jws import assemble
from keys import b64u, hash_text
from sdmp_peer import post_resource
from strict_json import Pairs, Raw, dump, nested
from wire import BLOCK, MAX_BLOCKS, MAX_INFLATED, deflate, pad

FATAL = {}


def fatal(case):
    FATAL[case.__name__] = case
    return case


def _seal(session, world):
    return session.channel.sending.seal_text(world.text())


def _flip(frame, at):
    changed = bytearray(frame)
    changed[at] ^= 1
    return bytes(changed)


# The frame itself.
@fatal
def P_FRAME_bad_tag(session, world):
    session.send_octets(_flip(_seal(session, world), -1))


@fatal
def P_FRAME_bad_ciphertext(session, world):
    session.send_octets(_flip(_seal(session, world), 10))


@fatal
def P_FRAME_changed_header(session, world):
    frame = _seal(session, world)
    session.send_octets((len(frame[4:-16]) // BLOCK + 1).to_bytes(4, "big") + frame[4:] + bytes(BLOCK))


@fatal
def P_FRAME_header_not_authenticated(session, world):
    session.send_plaintext(pad(deflate(world.text())), aad=b"")


@fatal
def P_FRAME_zero_blocks(session, world):
    session.send_plaintext(b"")


@fatal
def P_FRAME_zero_blocks_header_only(session, world):
    session.send_octets(bytes(4))


for _label, _blocks in (("4097", MAX_BLOCKS + 1), ("65536", 65536), ("65537", 65537), ("2_32_minus_1", 2**32 - 1)):
    # 65536 is a legal count, but above the default limit; the header alone must be enough.
    FATAL[f"P_FRAME_{_label}_blocks"] = (
        lambda session, world, blocks=_blocks: session.send_octets(blocks.to_bytes(4, "big"))
    )


@fatal
def P_SEC_counter_skipped(session, world):
    session.channel.sending.advance()
    session.send_text(world.text())


@fatal
def P_SEC_frame_replayed(session, world):
    frame = session.channel.sending.seal_text(world.text("first"))
    session.send_octets(frame + frame)


@fatal
def P_SEC_key_of_the_other_direction(session, world):
    session.channel.sending = type(session.channel.sending)(
        session.channel.receiving.secret
    )
    session.send_text(world.text())


@fatal
def P_SEC_wrong_iv(session, world):
    session.channel.sending.iv = bytes(12)
    session.send_text(world.text())


@fatal
def SES_8_plaintext_container(session, world):
    session.send_octets(world.text())


@fatal
def SES_8_plaintext_nope(session, world):
    session.send_octets(b"nope")


@fatal
def SES_8_second_connection_object(session, world):
    session.send_octets(session.channel.initiator_text)


# The plaintext: one DEFLATE stream, minimal padding of zero octets.
def _plaintext(name, build):
    FATAL[name] = lambda session, world: session.send_plaintext(build(world.text()))


def _fill(stream, last):
    """A stream whose padding ends with `last` (a whole block is added if there is no padding)."""
    padded = pad(stream)
    if len(padded) == len(stream):
        padded += bytes(BLOCK)
    return padded[: -len(last)] + last


def _without_end(text):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)


_plaintext("P_FRAME_padding_not_zero", lambda t: _fill(deflate(t), b"\x01"))
_plaintext("P_FRAME_padding_first_octet_not_zero", lambda t: pad(deflate(t) + b"\x80"))
_plaintext("P_FRAME_padding_one_block_too_long", lambda t: pad(deflate(t)) + bytes(BLOCK))
_plaintext("P_FRAME_padding_many_blocks_too_long", lambda t: pad(deflate(t)) + bytes(BLOCK * 40))
_plaintext("P_FRAME_second_stream", lambda t: pad(deflate(t) + deflate(t)))
_plaintext("P_FRAME_second_empty_stream", lambda t: pad(deflate(t) + deflate(b"")))
_plaintext("P_FRAME_no_BFINAL", lambda t: pad(_without_end(t)))
_plaintext("P_FRAME_reserved_block_type", lambda t: pad(b"\x07" + deflate(t)))
_plaintext("P_FRAME_zlib_wrapper", lambda t: pad(zlib.compress(t)))
_plaintext("P_FRAME_gzip_wrapper", lambda t: pad(gzip.compress(t)))
_plaintext("P_FRAME_not_compressed", pad)
_plaintext("P_FRAME_all_zero", lambda t: bytes(BLOCK))
_plaintext("P_FRAME_cut_stream", lambda t: deflate(t)[: len(deflate(t)) // BLOCK * BLOCK])
_plaintext("P_FRAME_bomb_of_spaces", lambda t: pad(deflate(t[:1] + b" " * (MAX_INFLATED + 1 - len(t)) + t[1:], 9)))
_plaintext("P_FRAME_bomb_of_64_MiB", lambda t: pad(deflate(bytes(64 << 20), 9)))


# The text inside.
def _text(name, build):
    FATAL[name] = lambda session, world: session.send_text(build(world.text()))


_text("P_FRAME_empty_text", lambda t: b"")
_text("P_FRAME_leading_space", lambda t: b" " + t)
_text("P_FRAME_trailing_newline", lambda t: t + b"\n")
_text("P_FRAME_trailing_zero", lambda t: t + b"\0")
_text("P_FRAME_byte_order_mark", lambda t: b"\xef\xbb\xbf" + t)
_text("P_FRAME_two_containers", lambda t: t + t)
_text("P_FRAME_two_lines", lambda t: t + b"\n" + t)
_text("P_FRAME_not_JSON", lambda t: b"{hello}")
_text("P_FRAME_cut_JSON", lambda t: t[:-2] + b"}")
_text("P_FRAME_array", lambda t: b"[" + t + b"]")
_text("P_FRAME_empty_object", lambda t: b"{}")
_text("P_FRAME_not_a_container", lambda t: b'{"payload":1}')
_text("P_FRAME_bare_payload", lambda t: b'{"sdmp":{"version":"0.10.4"}}')
_text("P_JWS_extra_member_in_a_frame", lambda t: t[:-1] + b',"x":1}')
_text("P_JWS_duplicate_member_in_a_frame", lambda t: t[:-1] + b',"payload":"e30"}')
_text("P_JWS_unprotected_header_in_a_frame", lambda t: t.replace(b'{"protected"', b'{"header":{},"protected"'))
_text("P_JWS_padding_in_a_frame", lambda t: t.replace(b'"}]}', b'=="}]}'))
_text("P_JWS_not_UTF_8_in_a_frame", lambda t: t[:-1] + b',"\xff":1}')


# The container inside: well formed, but not acceptable.
def _payload(name, change):
    def case(session, world):
        value = world.request()
        session.send(change(value, world) or value)

    FATAL[name] = case


_payload("CON_2_version_0_11", lambda v, w: v["sdmp"].update(version="0.11.0"))
_payload("CON_2_version_missing", lambda v, w: v["sdmp"].pop("version") and None)
_payload("CON_3_publisher_missing", lambda v, w: v["sdmp"].pop("publisher") and None)
_payload("CON_3_publisher_not_a_fingerprint", lambda v, w: v["sdmp"].update(publisher="me"))
_payload("CON_4_created_missing", lambda v, w: v["sdmp"].pop("created") and None)
_payload("CON_4_created_without_milliseconds", lambda v, w: v["sdmp"].update(created="2015-07-26T15:48:37Z"))
_payload("CON_4_created_month_13", lambda v, w: v["sdmp"].update(created="2015-13-26T15:48:37.703Z"))
_payload("CON_5_schemas_empty", lambda v, w: v["sdmp"].update(schemas=[]))
_payload("CON_5_schemas_duplicate", lambda v, w: v["sdmp"].update(schemas=["resource_request"] * 2))
_payload("CON_5_schemas_string", lambda v, w: v["sdmp"].update(schemas="resource_request"))
_payload("CON_2_sdmp_missing", lambda v, w: {"request": v["request"]})
_payload("P_JWS_depth_17", lambda v, w: {**v, "x": nested(16)})
_payload("P_JWS_lone_surrogate", lambda v, w: {**v, "x": Raw('"\\udc00"')})
_payload("P_JWS_duplicate_in_payload", lambda v, w: Pairs([*v.items(), ("request", v["request"])]))


@fatal
def P_FRAME_bad_signature(session, world):
    text = world.text()
    at = text.rindex(b'"signature":"') + 13
    session.send_text(text[:at] + (b"B" if text[at : at + 1] == b"A" else b"A") + text[at + 1 :])


@fatal
def P_FRAME_payload_changed_after_signing(session, world):
    first = dump(world.request("one")).encode()
    protected = b64u(dump({"alg": world.peer.node.alg, "kid": world.peer.fingerprint}).encode())
    signature = world.peer.node.sign(f"{protected}.{b64u(first)}".encode())
    second = dump(world.request("two")).encode()
    session.send_text(assemble(b64u(second), protected, b64u(signature)))


@fatal
def P_KEY_alg_mismatch_in_a_frame(session, world):
    header = dump({"alg": "RS512", "kid": world.peer.fingerprint}).encode()
    session.send(world.request(), protected=header)


@fatal
def P_JWS_crit_in_a_frame(session, world):
    header = dump({"alg": "EdDSA", "kid": world.peer.fingerprint, "crit": []}).encode()
    session.send(world.request(), protected=header)


@fatal
def P_JWS_kid_of_another(session, world):
    header = dump({"alg": "EdDSA", "kid": world.other.fingerprint}).encode()
    session.send(world.request(), protected=header)


def _signed_by(name, who, build):
    def case(session, world):
        key = who(world)
        session.send(build(key.fingerprint, world), key=key)

    FATAL[name] = case


_signed_by("P_SYN_request_signed_by_another_trusted_node", lambda w: w.other.node,
           lambda fp, w: messages.resource_request(fp, "a", fp, hash_text(b"x")))
_signed_by("P_SYN_journal_request_signed_by_another_trusted_node", lambda w: w.other.node,
           lambda fp, w: messages.journal_request(fp, fp))
_signed_by("P_SYN_update_signed_by_another_trusted_node", lambda w: w.other.node,
           lambda fp, w: messages.journal_update(fp, fp, []))
_signed_by("P_SYN_response_signed_by_another_trusted_node", lambda w: w.other.node,
           lambda fp, w: messages.resource_response(fp, post_resource(w.other.node, "x")))
_signed_by("P_SYN_request_signed_by_the_user", lambda w: w.peer.user,
           lambda fp, w: messages.resource_request(fp, "a", fp, hash_text(b"x")))
_signed_by("P_SYN_request_signed_by_a_stranger", lambda w: w.stranger.node,
           lambda fp, w: messages.resource_request(fp, "a", fp, hash_text(b"x")))
