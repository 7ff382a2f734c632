"""Journal and resource requests to the relay (JRN, SYN, P-SYN)."""

import messages
from cases import RelayCase
from journal import Journal, Line
from jws import Container
from keys import hash_text
from messages import is_answer, is_update
from sdmp_peer import post_resource
from strict_json import Raw


class JournalRequests(RelayCase):
    peers = 24

    def ask(self, peer, session, since, **more):
        mark = session.mark()
        session.send(messages.journal_request(peer.fingerprint, since, **more))
        return session.wait(is_update(), since=mark, what="journal answer").body

    def settled(self):
        """A session whose relay has no more to tell: journal read to its end twice over."""
        peer, session, copy = self.joined()
        session.wait(messages.asks_journal(), what="journal_request at the start")
        return peer, session, peer.read_journal(session, copy=copy)

    def test_JRN_2_journal_starts_with_the_nodes_fingerprint_and_chains(self):
        peer, session = self.connect()
        copy = peer.read_journal(session)  # accept() checks JRN-3 and JRN-4 for each line
        self.assertEqual(copy.lines[0], self.relay.fingerprint)
        self.assertGreaterEqual(len(copy.entries), len(self.relay.identity.boxes) + 4)

    def test_JRN_1_no_resource_twice(self):
        peer, session = self.connect()
        resources = peer.read_journal(session).resources()
        self.assertEqual(len(resources), len(set(resources)))

    def test_P_TRUST_out_of_band_identities_are_journalled(self):
        peer, session = self.connect()
        told = peer.read_journal(session).resources()
        for box in [*self.relay.identity.boxes, *map(Container, peer.bundle)]:
            self.assertIn(box.identifier, told)

    def test_P_TRUST_trust_add_publishes_the_operators_connection(self):
        peer, session = self.connect()
        found = []
        for line in map(Line, peer.read_journal(session).entries):
            if line.publisher == self.relay.identity.user.fingerprint:
                box = Container(peer.fetch(session, line.publisher, line.resource).content)
                box.verify(self.relay.identity.user)
                relation = box.payload.get("relationship", {})
                found.append((relation.get("type"), relation.get("identity")))
        self.assertIn(("connection", peer.user.fingerprint), found)

    def test_JRN_3_every_line_names_what_can_be_fetched(self):
        peer, session = self.connect()
        for line in map(Line, peer.read_journal(session).entries[:24]):
            answer = peer.fetch(session, line.publisher, line.resource)
            if answer.body["status"] == 200:
                box = Container(answer.content)
                self.assertEqual((box.publisher, box.identifier), (line.publisher, line.resource))
            else:
                self.assertEqual(answer.body["status"], 404)

    def test_SYN_4_limit_2_pages_make_the_same_journal(self):
        peer, session, whole = self.settled()
        paged = peer.read_journal(session, page=2)
        self.assertEqual(paged.lines, whole.lines)

    def test_SYN_4_limit_1_is_the_line_after_since(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, whole.number_of(3), limit=1)
        self.assertEqual((data["since"], data["entries"]), (whole.number_of(3), [whole.lines[4]]))

    def test_P_SYN_limit_0_gets_an_empty_answer(self):
        peer, session, whole = self.settled()
        for since in (self.relay.fingerprint, whole.number_of(1), whole.last_known):
            data = self.ask(peer, session, since, limit=0)
            self.assertEqual((data["since"], data["entries"]), (since, []))

    def test_SYN_4_limit_above_the_rest(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, whole.number_of(len(whole.lines) - 3), limit=10**6)
        self.assertEqual(data["entries"], whole.lines[-2:])

    def test_SYN_3_limit_beyond_64_bits_is_no_crash(self):
        peer, session, _ = self.settled()
        more = {"limit": Raw(str(2**70))}
        session.send(messages.journal_request(peer.fingerprint, self.relay.fingerprint, **more))
        self.assert_works(peer, session)

    def test_P_SYN_nothing_new_is_an_empty_update(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, whole.last_known)
        self.assertEqual((data["type"], data["since"], data["entries"]), ("journal", whole.last_known, []))

    def test_P_SYN_unknown_since_is_answered_from_the_beginning(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, hash_text(b"no such line"))
        self.assertEqual(data["since"], self.relay.fingerprint)
        self.assertEqual(data["entries"], whole.lines[1 : 1 + len(data["entries"])])
        self.assertTrue(data["entries"])

    def test_P_SYN_since_is_the_number_on_the_line_not_its_hash(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, hash_text(whole.lines[-1].encode()))
        self.assertEqual(data["since"], self.relay.fingerprint)

    def test_P_SYN_since_fingerprint_is_the_beginning(self):
        peer, session, whole = self.settled()
        data = self.ask(peer, session, self.relay.fingerprint, limit=3)
        self.assertEqual((data["since"], data["entries"]), (self.relay.fingerprint, whole.lines[1:4]))

    def test_JRN_4_live_updates_continue_the_chain(self):
        peer, session, copy = self.settled()
        other, second, _ = self.settled()
        mark = session.mark()
        boxes = [other.announce(second, post_resource(other.node, f"n{i}")) for i in range(8)]
        for box in boxes:
            self.assert_told(session, box, since=mark)
        for message in session.log[mark:]:
            if message.kind == "journal_update":
                self.assertEqual(message.body["since"], copy.last_known)
                for entry in message.body["entries"]:
                    copy.accept(entry)
        again = peer.read_journal(session, copy=Journal(self.relay.fingerprint))
        self.assertEqual(again.lines[: len(copy.lines)], copy.lines)


class ResourceRequests(RelayCase):
    peers = 1

    def setUp(self):
        if not hasattr(type(self), "_peer"):
            type(self)._peer = self.pool.take()
        self.peer, self.session = self.connect(self._peer)
        self.box = self.relay.identity.boxes[0]

    def ask(self, request):
        """Sends a resource_request with this `request` member; the first response behind it."""
        self.assert_works(self.peer, self.session, "before")
        mark = self.session.mark()
        self.session.send(messages.payload(self.peer.fingerprint, ["resource_request"], request=request))
        answered = lambda m: m.kind == "resource_response" and "status" in m.body  # noqa: E731
        return self.session.wait(answered, since=mark, what="resource_response")

    def request(self, **changes):
        value = {
            "type": "resource", "identifier": "id", "author": self.box.publisher,
            "resource": self.box.identifier,
        }
        value.update(changes)
        return {name: item for name, item in value.items() if item is not ...}

    def assert_400(self, request, identifier=...):
        answer = self.ask(request)
        self.assertEqual((answer.body["type"], answer.body["status"]), ("resource", 400))
        self.assertNotIn("content", answer.body)
        if identifier is ...:
            self.assertNotIn("request", answer.body)
        else:
            self.assertEqual(answer.body["request"], identifier)
        self.assert_works(self.peer, self.session)

    def assert_200(self, identifier):
        answer = self.ask(self.request(identifier=identifier))
        self.assertEqual(answer.body["status"], 200)
        self.assertEqual(answer.body["request"], identifier)
        self.assertEqual(answer.content, self.box.text)
        self.assertEqual(answer.body["type"], "resource")

    def test_SYN_8_200_with_the_exact_octets(self):
        for box in self.relay.identity.boxes:
            self.assert_fetched(self.peer, self.session, box)

    def test_P_SYN_empty_identifier_is_valid(self):
        self.assert_200("")

    def test_SYN_6_identifier_of_40_characters(self):
        self.assert_200("x" * 40)

    def test_SYN_6_identifier_with_quotes_and_controls(self):
        self.assert_200('"\\/\n\t\x00\x7f <&')

    def test_SYN_6_description_is_at_most_40_ascii_characters(self):
        description = self.ask(self.request(resource=hash_text(b"?"))).body.get("description", "")
        self.assertTrue(description.isascii() and len(description) <= 40, description)

    def test_P_SYN_identifier_of_41_characters_is_400_without_request(self):
        self.assert_400(self.request(identifier="x" * 41))

    def test_P_SYN_identifier_of_100000_characters_is_400_without_request(self):
        self.assert_400(self.request(identifier="x" * 100000))

    def test_P_SYN_identifier_not_ascii_is_400_without_request(self):
        for identifier in ("\u00e4", "x\u0080", "\U0001f600"):
            with self.subTest(identifier):
                self.assert_400(self.request(identifier=identifier))

    def test_SYN_6_identifier_not_a_string_is_400_without_request(self):
        for identifier in (1, None, ["a"], {}):
            with self.subTest(identifier=identifier):
                self.assert_400(self.request(identifier=identifier))

    def test_SYN_6_identifier_missing_is_400_without_request(self):
        self.assert_400(self.request(identifier=...))

    def test_SYN_8_missing_members_are_400(self):
        for name in ("author", "resource", "type"):
            with self.subTest(name):
                self.assert_400(self.request(**{name: ...}), "id")

    def test_SYN_8_members_of_a_wrong_type_are_400(self):
        for changes in ({"author": 1}, {"resource": None}, {"resource": []}, {"type": 1}, {"type": "journal"}):
            with self.subTest(**changes):
                self.assert_400(self.request(**changes), "id")

    def test_SYN_8_request_not_an_object_is_400(self):
        self.assert_400("x")

    def test_SYN_8_request_missing_is_400(self):
        answered = lambda m: m.kind == "resource_response" and m.body.get("status") == 400  # noqa: E731
        self.session.send(messages.payload(self.peer.fingerprint, ["resource_request"]))
        self.assertNotIn("request", self.session.wait(answered, what="400").body)

    def test_SYN_8_author_or_resource_no_hash_is_400_or_404(self):
        for changes in ({"author": "me"}, {"resource": "it"}, {"resource": ""}, {"author": "A" * 86 + "=="}):
            with self.subTest(**changes):
                self.assertIn(self.ask(self.request(**changes)).body["status"], (400, 404))

    def test_SYN_8_unknown_resource_is_404(self):
        answer = self.ask(self.request(resource=hash_text(b"unknown")))
        self.assertEqual((answer.body["status"], answer.body["request"]), (404, "id"))
        self.assertNotIn("content", answer.body)

    def test_P_SYN_author_is_the_resources_publisher(self):
        """The right resource under another author is not available."""
        answer = self.ask(self.request(author=self.relay.identity.node.fingerprint))
        self.assertNotEqual(self.box.publisher, self.relay.identity.node.fingerprint)
        self.assertEqual(answer.body["status"], 404)

    def test_SYN_6_repeated_identifier_is_answered_again_or_400(self):
        for _ in range(3):
            self.assertIn(self.ask(self.request()).body["status"], (200, 400))

    def test_P_JWS_unknown_members_in_the_request_are_ignored(self):
        answer = self.ask(self.request(hurry=True))
        self.assertEqual(answer.body["status"], 200)

    def test_SYN_10_requests_in_a_row_are_all_answered(self):
        for number in range(50):
            request = self.request(identifier=f"row{number}")
            self.session.send(messages.payload(self.peer.fingerprint, ["resource_request"], request=request))
        for number in range(50):
            self.session.wait(is_answer(f"row{number}"))
