"""The command line of the bench."""

import argparse

from . import harness

harness.load("engine", "training", "xla", "regression", "busy", "growth", "pictures", "streaming", "spark")


def main():
    known = f"{', '.join(harness.cases)}; together: {', '.join(harness.groups())}"
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare with other frameworks.")
    parser.add_argument("cases", nargs="*", help=f"which ones to run; all of them: {known}")
    parser.add_argument("--rounds", type=int, help="turns of each peer, in place of the case's own number")
    parser.add_argument("--plot", metavar="FILE.png", help="draw the growth cases that were run")
    parser.add_argument("--page", action="store_true", help="measure for docs/benchmarks.md, and write it")
    parser.add_argument("--worker", nargs=2, metavar=("CASE", "PEER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return harness.work(*options.worker)
    if options.page:
        from . import page

        return page.write()
    try:
        chosen = harness.select(options.cases)
    except LookupError as error:
        parser.error(error.args[0])
    if options.plot and not any(case.group == "growth" for case in chosen):
        parser.error("--plot draws the cases of growth: python -m benchmarks growth --plot FILE.png")
    print(harness.header())
    found = {}
    for case in chosen:
        found[case.name] = harness.run(case, options.rounds)
        print(harness.table(case, found[case.name]), flush=True)
    if options.plot:
        from .growth import plot

        plot(found, options.plot)
    return None


if __name__ == "__main__":
    main()
