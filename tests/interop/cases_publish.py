"""Publishing through the relay: announce, request, store, tell others; updates and deletions; forks."""

import random

from cases import RelayCase
from journal import Journal
from jws import Container, restyle
from keys import hash_text
from messages import asks_for, asks_journal, journal_update, resource_response, tells_of
from sdmp_peer import deletion_resource, node_information_resource, post_resource


class Publishing(RelayCase):
    peers = 76

    def two(self):
        """A publisher and a witness, both connected and up to date."""
        peer, session, _ = self.joined()
        session.wait(asks_journal(), what="journal_request at the start")
        witness, seen, _ = self.joined()
        return peer, session, witness, seen

    def published(self, peer, session, seen, text):
        box = peer.push(session, text)
        self.assert_told(seen, box)
        return box

    def test_SYN_9_announced_resource_is_requested_journalled_and_told(self):
        peer, session, witness, seen = self.two()
        box = peer.announce(session, post_resource(peer.node, "signed by the node"))
        asked = session.wait(asks_for(box.identifier), what="resource_request")
        self.assertEqual(asked.body["author"], box.publisher)
        self.assertTrue(len(asked.body["identifier"]) <= 40 and asked.body["identifier"].isascii())
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_TRUST_user_signed_resource_is_taken(self):
        peer, session, witness, seen = self.two()
        box = peer.announce(session, post_resource(peer.user, "signed by the user", title="t"))
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_JWS_octets_are_forwarded_exactly(self):
        """Odd serializations, unknown members and non-ASCII text come out as they went in."""
        peer, session, witness, seen = self.two()
        texts = [
            post_resource(peer.node, f"\u00e4 \U0001f600 {style}", style=style, unknown={"x": [1.50, None]})
            for style in ("flattened", "spaced", "escaped", "general")
        ]
        for text in texts:
            box = peer.announce(session, text)
            self.assert_told(seen, box)
            self.assert_fetched(witness, seen, box)

    def test_SYN_7_unprompted_push_is_taken(self):
        peer, session, witness, seen = self.two()
        box = self.published(peer, session, seen, post_resource(peer.node, "pushed"))
        self.assert_fetched(witness, seen, box)

    def test_P_SYN_pushed_twice_is_journalled_once(self):
        peer, session, witness, seen = self.two()
        box = self.published(peer, session, seen, post_resource(peer.node, "pushed twice"))
        session.send(resource_response(peer.fingerprint, box.text))
        session.send(resource_response(peer.fingerprint, restyle(box.text, "flattened")))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        copy = witness.read_journal(seen)
        self.assertEqual(copy.resources().count(box.identifier), 1)
        self.assert_fetched(witness, seen, box)

    def test_P_SYN_order_of_arrival_is_journal_order(self):
        peer, session, witness, seen = self.two()
        boxes = [peer.push(session, post_resource(peer.node, f"n{i}")) for i in range(30)]
        self.assert_told(seen, boxes[-1])
        resources = witness.read_journal(seen).resources()
        places = [resources.index(box.identifier) for box in boxes]
        self.assertEqual(places, sorted(places))

    def test_P_SYN_told_means_available(self):
        """Whoever is told of a resource can have it at once."""
        peer, session, witness, seen = self.two()
        boxes = [peer.announce(session, post_resource(peer.node, f"n{i}")) for i in range(10)]
        for box in boxes:
            self.assert_told(seen, box)
            self.assertEqual(self.status(witness, seen, box), 200)

    def test_SYN_5_many_entries_in_one_update(self):
        peer, session, witness, seen = self.two()
        since = peer.journal.last_known
        kept = [peer.keep(post_resource(peer.node, f"n{i}")) for i in range(40)]
        session.send(journal_update(peer.fingerprint, since, [line for _, line in kept]))
        for box, _ in kept:
            self.assert_told(seen, box)

    def test_P_FRAME_large_resource(self):
        peer, session, witness, seen = self.two()
        text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=300_000))
        box = peer.announce(session, post_resource(peer.node, text))
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    # Updates and deletions.

    def test_RES_4_update_replaces(self):
        peer, session, witness, seen = self.two()
        old = self.published(peer, session, seen, post_resource(peer.node, "old"))
        new = self.published(peer, session, seen, post_resource(peer.node, "new", updates=[old.identifier]))
        self.assertEqual(self.status(witness, seen, old), 404)
        self.assert_fetched(witness, seen, new)

    def test_RES_4_deletion(self):
        peer, session, witness, seen = self.two()
        old = self.published(peer, session, seen, post_resource(peer.user, "old"))
        gone = self.published(peer, session, seen, deletion_resource(peer.user, [old.identifier]))
        self.assertEqual(self.status(witness, seen, old), 404)
        self.assert_fetched(witness, seen, gone)

    def test_RES_4_update_of_several(self):
        peer, session, witness, seen = self.two()
        old = [self.published(peer, session, seen, post_resource(peer.node, f"old{i}")) for i in range(3)]
        new = post_resource(peer.node, "new", updates=[box.identifier for box in old])
        self.published(peer, session, seen, new)
        self.assertEqual([self.status(witness, seen, box) for box in old], [404] * 3)

    def test_RES_4_replaced_resource_stays_gone_when_pushed_again(self):
        peer, session, witness, seen = self.two()
        old = self.published(peer, session, seen, post_resource(peer.node, "old"))
        self.published(peer, session, seen, deletion_resource(peer.node, [old.identifier]))
        session.send(resource_response(peer.fingerprint, old.text))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.assertEqual(self.status(witness, seen, old), 404)

    def test_P_SYN_update_before_its_target(self):
        peer, session, witness, seen = self.two()
        target = Container(post_resource(peer.node, "late"))
        new = self.published(
            peer, session, seen, post_resource(peer.node, "early", updates=[target.identifier])
        )
        session.send(resource_response(peer.fingerprint, target.text))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.assertEqual(self.status(witness, seen, target), 404)
        self.assert_fetched(witness, seen, new)

    def test_P_SYN_foreign_update_is_refused(self):
        peer, session, witness, seen = self.two()
        theirs = self.published(witness, seen, session, post_resource(witness.node, "theirs"))
        bad = peer.push(session, post_resource(peer.node, "mine now", updates=[theirs.identifier]))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.assertEqual(self.status(witness, seen, bad), 404)
        self.assert_fetched(witness, seen, theirs)
        self.assertFalse(seen.has(tells_of(bad.identifier)))

    def test_P_SYN_node_may_not_update_its_users_resource(self):
        """RES-4: the same publisher; the node's key is another publisher than the user's."""
        peer, session, witness, seen = self.two()
        users = self.published(peer, session, seen, post_resource(peer.user, "the user's"))
        bad = peer.push(session, post_resource(peer.node, "x", updates=[users.identifier]))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.assertEqual(self.status(witness, seen, bad), 404)
        self.assert_fetched(witness, seen, users)

    def test_P_SYN_early_foreign_update_does_not_hide_the_target(self):
        peer, session, witness, seen = self.two()
        theirs = Container(post_resource(witness.node, "not yet published"))
        peer.push(session, post_resource(peer.node, "grab", updates=[theirs.identifier]))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.published(witness, seen, session, theirs.text)
        self.assert_fetched(witness, seen, theirs)

    def test_RES_6_node_information_can_be_replaced(self):
        peer, session, witness, seen = self.two()
        old = Container(peer.bundle[3])
        text = node_information_resource(peer.node, "renamed", [], updates=[old.identifier])
        new = self.published(peer, session, seen, text)
        self.assertEqual(self.status(witness, seen, old), 404)
        self.assert_fetched(witness, seen, new)

    # Bad content and bad chains.

    def test_P_SYN_wrong_content_for_a_request_is_not_taken(self):
        """The relay asks for one resource and gets another publisher's forgery under its name."""
        peer, session, witness, seen = self.two()
        session.answering = False
        box = peer.announce(session, post_resource(peer.node, "asked for"))
        asked = session.wait(asks_for(box.identifier))
        wrong = box.text.replace(b'"signature":"', b'"signature":"AAAA')
        session.send(resource_response(peer.fingerprint, wrong, request=asked.body["identifier"], status=200))
        self.published(peer, session, seen, post_resource(peer.node, "behind"))
        self.assertFalse(seen.has(tells_of(box.identifier)))
        self.assertEqual(self.status(witness, seen, box), 404)

    def test_SYN_9_asked_of_another_node_when_the_first_has_it_not(self):
        """A 404 from the announcer is no end: any other node known to have it can serve."""
        peer, session, witness, seen = self.two()
        text = post_resource(peer.user, "kept elsewhere")
        peer.gone.add(Container(text).identifier)
        box = peer.announce(session, text)
        since = witness.journal.last_known
        witness.hold(box.text)
        line = witness.journal.append(box.publisher, box.identifier)
        seen.send(journal_update(witness.fingerprint, since, [line]))
        self.assert_told(seen, box)
        self.assert_fetched(witness, seen, box)

    def test_P_SYN_chain_broken_inside_an_update_is_not_applied(self):
        peer, session, witness, seen = self.two()
        since = peer.journal.last_known
        saved = list(peer.journal.lines)
        lost = peer.hold(post_resource(peer.node, "in a broken update"))
        first = peer.journal.append(lost.publisher, lost.identifier)
        second = f"{hash_text(b'elsewhere')}@{lost.publisher}/{hash_text(b'x')}"
        session.send(journal_update(peer.fingerprint, since, [first, second]))
        peer.journal.lines = saved
        good = peer.announce(session, post_resource(peer.node, "in a good update"))
        self.assert_told(seen, good)
        self.assertFalse(session.has(asks_for(lost.identifier)), "a broken update was applied")

    def test_P_SYN_gap_leads_to_a_journal_request_from_last_known(self):
        peer, session, witness, seen = self.two()
        box = peer.announce(session, post_resource(peer.node, "known"))
        self.assert_told(seen, box)
        known = peer.journal.last_known
        hidden, _ = peer.keep(post_resource(peer.node, "in the gap"))
        mark = session.mark()
        shown = peer.announce(session, post_resource(peer.node, "behind the gap"))
        session.wait(asks_journal(known), since=mark, what="journal_request from last known")
        self.assert_told(seen, hidden)
        self.assert_told(seen, shown)

    def test_P_SYN_update_seen_twice_is_harmless(self):
        peer, session, witness, seen = self.two()
        since = peer.journal.last_known
        box, line = peer.keep(post_resource(peer.node, "told twice"))
        for _ in range(2):
            session.send(journal_update(peer.fingerprint, since, [line]))
        self.assert_told(seen, box)
        after = peer.announce(session, post_resource(peer.node, "not forked"))
        self.assert_told(seen, after)
        self.assertEqual(witness.read_journal(seen).resources().count(box.identifier), 1)

    def test_SYN_5_empty_update_is_harmless(self):
        peer, session, witness, seen = self.two()
        session.send(journal_update(peer.fingerprint, peer.journal.last_known, []))
        box = peer.announce(session, post_resource(peer.node, "behind an empty update"))
        self.assert_told(seen, box)

    def test_SYN_7_every_subscriber_is_told(self):
        peer, session, witness, seen = self.two()
        others = [self.joined()[1] for _ in range(3)]
        box = peer.push(session, post_resource(peer.node, "for all"))
        for other in (seen, *others):
            self.assert_told(other, box)

    def test_P_SYN_eager_push_is_exact_and_the_update_follows(self):
        """If the relay pushes, then the same octets; the journal update comes in every case."""
        peer, session, witness, seen = self.two()
        box = peer.push(session, post_resource(peer.node, "eager", style="spaced"))
        self.assert_told(seen, box)
        for message in seen.log:
            if message.kind == "resource_response" and "request" not in message.body:
                content = Container(message.content)
                if content.identifier == box.identifier:
                    self.assertEqual(message.content, box.text)

    def test_P_SYN_relay_remembers_the_last_known_line(self):
        peer, session, witness, seen = self.two()
        box = peer.announce(session, post_resource(peer.node, "first session"))
        self.assert_told(seen, box)
        session.close()
        _, again = self.connect(peer)
        again.wait(asks_journal(peer.journal.last_known), what="journal_request from last known")
        later, _ = peer.keep(post_resource(peer.node, "unannounced"))
        last = self.connect(peer)[1]
        self.assertTrue(last.wait(asks_journal()))
        self.assert_told(seen, later)

    def test_JRN_2_first_request_is_from_the_beginning(self):
        peer, session = self.connect()
        session.wait(asks_journal(Journal(peer.fingerprint).last_known), what="journal_request")
