"""The command line of the bench."""

import argparse

from . import harness

harness.load("engine")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare with other frameworks.")
    parser.add_argument("cases", nargs="*", help=f"which ones to run; all of them: {', '.join(harness.cases)}")
    parser.add_argument("--rounds", type=int, help="turns of each peer, in place of the case's own number")
    parser.add_argument("--worker", nargs=2, metavar=("CASE", "PEER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return harness.work(*options.worker)
    unknown = set(options.cases) - set(harness.cases)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(harness.cases)}")
    print(harness.header())
    for name in options.cases or harness.cases:
        case = harness.cases[name]
        print(harness.table(case, harness.run(case, options.rounds)), flush=True)
    return None


if __name__ == "__main__":
    main()
