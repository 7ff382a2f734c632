"""Frames behind a good handshake that must not end the session, and whom the cases speak as.

An ignored case sends something valid that means nothing; a welcome case sends a request in an
unusual but right form, which must be answered. Each gets (session, world).
"""

import zlib

import messages
from jws import embed, sign
from keys import hash_text
from sdmp_peer import post_resource
from strict_json import nested
from wire import BLOCK, MAX_BLOCKS, MAX_INFLATED, deflate, pad

IGNORED, WELCOME = {}, {}


class FrameWorld:
    """`peer` owns the session; `other` is trusted too, `stranger` is not."""

    def __init__(self, peer, other, stranger):
        self.peer, self.other, self.stranger = peer, other, stranger

    def request(self, identifier="frame"):
        """A harmless request: the peer's own user identity."""
        resource = hash_text(b"nothing has this identifier")
        return messages.resource_request(
            self.peer.fingerprint, identifier, self.peer.user.fingerprint, resource
        )

    def text(self, identifier="frame"):
        return sign(self.peer.node, self.request(identifier))


def ignored(case):
    IGNORED[case.__name__] = case
    return case


def welcome(case):
    """Unusual but right: the request inside must be answered (identifier `frame`)."""
    WELCOME[case.__name__] = case
    return case


# Ignored: valid containers that mean nothing here, sync messages with a malformed body.
def _ignored(name, build):
    IGNORED[name] = lambda session, world: session.send(build(world.peer.fingerprint, world))


def _other(name, schemas, **members):
    _ignored(name, lambda fp, w: messages.payload(fp, schemas, **members))


_other("P_FRAME_unknown_first_schema", ["https://example.org/unknown.json"], thing={"a": 1})
_other("P_FRAME_unknown_first_schema_before_a_known_one",
       ["https://example.org/unknown.json", "resource_request"], request={"type": "resource"})
_other("P_FRAME_connection", ["connection"], connection={"g": 9, "p": "AA", "N": "AA"})
_other("P_FRAME_post_without_resource", ["post"], post={"content": "x"})
_other("P_FRAME_message", ["message"], message="hello")


@ignored
def P_FRAME_bare_resource(session, world):
    session.send_text(post_resource(world.peer.node, "a bare resource"))


def _malformed_request(name, **members):
    _ignored(f"SYN_3_journal_request_{name}",
             lambda fp, w: messages.payload(fp, ["journal_request"], **members))


_FP = hash_text(b"any")
_malformed_request("without_request")
_malformed_request("request_string", request="journal")
_malformed_request("without_since", request={"type": "journal"})
_malformed_request("without_type", request={"since": _FP})
_malformed_request("type_resource", request={"type": "resource", "since": _FP})
_malformed_request("since_number", request={"type": "journal", "since": 1})
_malformed_request("limit_negative", request={"type": "journal", "since": _FP, "limit": -1})
_malformed_request("limit_fractional", request={"type": "journal", "since": _FP, "limit": 1.5})
_malformed_request("limit_string", request={"type": "journal", "since": _FP, "limit": "2"})


def _malformed_update(name, data=None):
    members = {} if data is None else {"data": data}
    _ignored(f"SYN_5_journal_update_{name}",
             lambda fp, w: messages.payload(fp, ["journal_update"], **members))


_malformed_update("without_data")
_malformed_update("without_since", {"type": "journal", "entries": []})
_malformed_update("without_entries", {"type": "journal", "since": _FP})
_malformed_update("entries_object", {"type": "journal", "since": _FP, "entries": {}})
_malformed_update("entry_number", {"type": "journal", "since": _FP, "entries": [7]})
_malformed_update("entry_without_at", {"type": "journal", "since": _FP, "entries": [f"{_FP}/{_FP}"]})
_malformed_update("entry_with_newline", {"type": "journal", "since": _FP, "entries": [f"{_FP}@{_FP}/{_FP}\n"]})
_malformed_update("entry_short_number", {"type": "journal", "since": _FP, "entries": [f"{_FP[1:]}@{_FP}/{_FP}"]})
_malformed_update("entry_padded", {"type": "journal", "since": _FP, "entries": [f"{_FP}==@{_FP}/{_FP}"]})
_malformed_update("type_resource", {"type": "resource", "since": _FP, "entries": []})


def _malformed_response(name, build):
    def make(fp, world):
        return messages.payload(fp, ["resource_response"], **build(world))

    _ignored(f"SYN_7_resource_response_{name}", make)


_malformed_response("without_data", lambda w: {})
_malformed_response("type_journal", lambda w: {"data": {"type": "journal"}})
_malformed_response("content_string", lambda w: {"data": {"type": "resource", "content": "x"}})
_malformed_response("content_not_a_container", lambda w: {"data": {"type": "resource", "content": {"a": 1}}})
_malformed_response("content_bad_signature", lambda w: {"data": {"type": "resource", "content": embed(_spoilt(w))}})
_malformed_response("content_of_a_stranger",
                    lambda w: {"data": {"type": "resource", "content": embed(post_resource(w.stranger.node, "x"))}})
_malformed_response("content_not_a_resource",
                    lambda w: {"data": {"type": "resource", "content": embed(w.text())}})
_malformed_response("to_no_request",
                    lambda w: {"data": {"type": "resource", "status": 404, "request": "never asked"}})
_malformed_response("without_content", lambda w: {"data": {"type": "resource"}})


def _spoilt(world):
    text = post_resource(world.peer.node, "spoilt")
    at = text.rindex(b'"signature":"') + 13
    return text[:at] + (b"B" if text[at : at + 1] == b"A" else b"A") + text[at + 1 :]


# Unusual but right.
@welcome
def P_FRAME_stored_blocks(session, world):
    session.send_plaintext(pad(deflate(world.text(), 0)))


def _inflates_to(stream, text):
    try:
        return zlib.decompress(stream, -15) == text
    except zlib.error:  # the bit belonged to the end of the block
        return False


@welcome
def P_FRAME_unused_bits_in_the_last_octet(session, world):
    for extra in range(40):
        text = world.text("frame")
        text = text[:1] + b" " * extra + text[1:]
        stream = deflate(text)
        changed = stream[:-1] + bytes([stream[-1] | 0x80])
        if changed != stream and _inflates_to(changed, text):
            return session.send_plaintext(pad(changed))
    raise AssertionError("no stream with an unused bit found")


@welcome
def P_FRAME_inflated_size_of_exactly_4_MiB(session, world):
    text = world.text()
    session.send_text(text[:1] + b" " * (MAX_INFLATED - len(text)) + text[1:])


@welcome
def P_FRAME_4096_blocks(session, world):
    text = world.text()
    size = MAX_BLOCKS * BLOCK - 5 * 17 - len(text)
    session.send_plaintext(pad(deflate(text[:1] + b" " * size + text[1:], 0)))


@welcome
def P_FRAME_byte_by_byte(session, world):
    for octet in session.channel.sending.seal_text(world.text()):
        session.send_octets(bytes([octet]))


@welcome
def P_FRAME_several_frames_in_one_segment(session, world):
    first = session.channel.sending.seal_text(world.text("first"))
    session.send_octets(first + session.channel.sending.seal_text(world.text()))


@welcome
def P_JWS_flattened_sync_message(session, world):
    session.send(world.request(), style="flattened")


@welcome
def P_JWS_escaped_member_names(session, world):
    session.send(world.request(), style="escaped")


@welcome
def P_JWS_unknown_members_in_a_sync_message(session, world):
    session.send({**world.request(), "x": nested(15), "y": {"z": "\u00e4\U0001f600"}})


@welcome
def P_JWS_kid_absent_in_a_frame(session, world):
    session.send(world.request(), protected=b'{"alg":"EdDSA"}')


@welcome
def CON_5_further_schema_by_URI(session, world):
    value = world.request()
    value["sdmp"]["schemas"].append("https://example.org/more.json")
    session.send(value)


@welcome
def CON_4_sync_message_created_long_ago(session, world):
    value = world.request()
    value["sdmp"]["created"] = "2015-07-26T15:48:37.703Z"
    session.send(value)
