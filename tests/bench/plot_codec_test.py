#!/usr/bin/env python3
"""Which runs of bench_codec bench/plot_codec puts together, and which it refuses."""

import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))
loader = importlib.machinery.SourceFileLoader("plot_codec", str(BENCH / "plot_codec"))
plot_codec = importlib.util.module_from_spec(importlib.util.spec_from_loader("plot_codec", loader))
loader.exec_module(plot_codec)

CONTEXT = {"date": "2026-11-22T23:59:00+00:00", "commit": "0123abc", "host_name": "here",
           "cpu": "AMD EPYC", "num_cpus": 2, "mhz_per_cpu": 2250, "compiler": "12.2.0",
           "optimised": "yes", "aead": "libsodium vaes", "aead_auto": "vaes"}


class PlotCodec(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, time=100.0, without=None, **context):
        path = self.folder / name
        found = {key: value for key, value in {**CONTEXT, **context}.items() if key != without}
        path.write_text(json.dumps({"context": found,
                                    "benchmarks": [{"name": "decode/1024/16", "real_time": time}]}))
        return path

    def refusal(self, *paths):
        with self.assertRaises(SystemExit) as caught:
            plot_codec.Runs(paths)
        return str(caught.exception)

    def test_of_several_runs_the_least_time_counts(self):
        run = plot_codec.Runs([self.file("a"), self.file("b", 90.0), self.file("c", 95.0)])
        self.assertEqual(run.counter("decode/1024/16", "real_time"), 90.0)

    def test_runs_of_another_origin_are_refused(self):
        for key in plot_codec.ORIGIN:
            said = self.refusal(self.file("a"), self.file("b"), self.file("c", **{key: "other"}))
            self.assertIn(f"another {key} (other)", said)
            self.assertIn(str(self.folder / "c"), said)

    def test_several_runs_of_a_dirty_tree_are_refused(self):
        dirty = {"commit": "0123abc-dirty"}
        self.assertIn("not committed", self.refusal(self.file("a", **dirty),
                                                    self.file("b", **dirty)))
        plot_codec.Runs([self.file("a", **dirty)])

    def test_a_run_that_does_not_say_where_it_is_from_is_refused(self):
        for key in ["date", *plot_codec.ORIGIN]:
            self.assertIn(f"does not say its {key}", self.refusal(self.file("a", without=key)))

    def test_commit_and_dates_are_those_of_the_runs(self):
        one = plot_codec.origin(plot_codec.Runs([self.file("a")]))
        self.assertTrue(one.startswith("Measured 2026-11-22 at commit 0123abc on"), one)
        dates = [self.file(f"{day}", date=f"2026-11-{day}T01:02:03+00:00") for day in (25, 22, 23)]
        self.assertIn("Measured 2026-11-22 to 2026-11-25 at", plot_codec.origin(
            plot_codec.Runs(dates)))


if __name__ == "__main__":
    unittest.main()
