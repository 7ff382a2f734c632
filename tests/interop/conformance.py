#!/usr/bin/python3
"""SDMP 0.10 over TCP: an independent peer tests `sdmp` and `sdmpd`.

    conformance.py --bin DIR [--seed N] [-v] [-k PATTERN]    the programs in DIR
    conformance.py --self-test                               the library against itself
"""

import argparse
import importlib
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from relay import Settings  # noqa: E402

CASES = (
    "cases_handshake", "cases_dialler", "cases_frames", "cases_sync", "cases_publish", "cases_trust",
    "cases_durable",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", help="directory with sdmp and sdmpd")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("-f", "--failfast", action="store_true")
    parser.add_argument("-k", action="append", dest="patterns", help="only tests whose name holds this")
    arguments = parser.parse_args()
    if arguments.self_test == bool(arguments.bin):
        parser.error("give either --bin DIR or --self-test")
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    Settings.seed = seed
    if arguments.bin:
        Settings.bin_dir = os.path.abspath(arguments.bin)
    loader = unittest.TestLoader()
    if arguments.patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in arguments.patterns]
    modules = ("selftest",) if arguments.self_test else CASES
    suite = unittest.TestSuite(
        loader.loadTestsFromModule(importlib.import_module(name)) for name in modules
    )
    runner = unittest.TextTestRunner(
        verbosity=2 if arguments.verbose else 1, failfast=arguments.failfast
    )
    return 0 if runner.run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
