#!/usr/bin/env python3
"""What bench/peers/run makes of the figures that its clients hand over."""

import collections
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench" / "peers"))
import figures

Kind = collections.namedtuple("Kind", "kind")
ALL = {"expected": 100, "received": 100, "missing": 0, "duplicated": 0, "corrupt": 0}


class Figures(unittest.TestCase):
    def test_client_cpu_is_per_delivery(self):
        found = figures.of_client({"messages": 100, "deliveries": 6400, "seconds": 0.5,
                                   "server_cpu_s": 0.32, "client_cpu_s": 0.1, "verified": ALL})
        self.assertAlmostEqual(found["value"], 50)
        self.assertAlmostEqual(found["per_s"], 12800)
        self.assertAlmostEqual(found["busy"], 0.64)
        self.assertIsNone(figures.complaint(found))

    def test_client_handshakes_and_idle(self):
        self.assertAlmostEqual(figures.of_client({"handshakes": 1000, "seconds": 1,
                                                  "server_cpu_s": 0.4})["value"], 400)
        self.assertAlmostEqual(figures.of_client({"sessions": 10, "rss_before": 5000,
                                                  "rss_after": 25000})["value"], 2)

    def test_load_reports(self):
        server = {"cpu_us_per_message": 50, "cpu_us_per_handshake": 600,
                  "rss_bytes_per_session": 4200}
        document = {"server": server, "messages_per_s": 200, "deliveries_per_s": 12800,
                    "handshakes_per_s": 1000, "verified": ALL}
        self.assertEqual(figures.of_load(document, Kind("fan-in"))["busy"], 0.01)
        self.assertEqual(figures.of_load(document, Kind("fan-out"))["busy"], 0.64)
        self.assertEqual(figures.of_load(document, Kind("handshake"))["busy"], 0.6)
        self.assertEqual(figures.of_load(document, Kind("idle")), {"value": 4.2})

    def test_a_round_with_losses_does_not_count(self):
        for verified in ({"expected": 100, "received": 99}, {"expected": 0, "received": 0}):
            self.assertIn("arrived", figures.complaint({"value": 1, "verified": verified}))
        self.assertIn("nothing", figures.complaint({"value": 0}))

    def test_ratios_are_of_the_same_round(self):
        first = [{"value": 2}, {"value": 4}, {"value": 10}, None]
        other = [{"value": 6}, None, {"value": 10}, {"value": 100}]
        total = figures.summary(other, first)
        self.assertEqual((total["median"], total["least"], total["most"]), (10, 6, 100))
        self.assertEqual(total["of_first"], 2)  # between 3 and 1
        self.assertEqual(total["rounds"], 3)
        self.assertIsNone(figures.summary([None], [None]))

    def test_the_table_names_a_failure(self):
        rows = figures.table([{"title": "t", "server": "a", "summary": None}]).splitlines()
        self.assertEqual(rows[2], "| t | a | failed | – | – | – | – |")


if __name__ == "__main__":
    unittest.main()
