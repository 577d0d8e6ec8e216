"""The bench: it runs the peers of a case in turns, each in a process of its own, and writes a Markdown table.

A case is one declaration: what is measured, and a function for each peer that sets up and gives back what to
run. Peers take turns round by round, so that a slow minute of the machine falls on all of them; figures are
medians over the rounds, and what counts are the ratios. A peer that is not installed is named and left out.
Everything but the group `gpu` runs on the processor, with as many threads as each peer chooses.
"""

import gc
import importlib
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from datetime import date
from importlib import metadata

SETTLE = 0.1  # seconds that the machine is idle before a turn: the threads of the peer before spin on a while
PATIENCE = 60.0  # seconds that a case waits in all for an idle machine
cases = {}


class Case:
    """What is measured, and who takes part.

    Args:
        name: what the command line calls it.
        title: what is measured, in words.
        unit: the unit of the figures.
        kind: "time": each peer gives a function, and its duration is taken; "value": each peer gives a
            function that gives the figures itself; "process": each peer gives the source of a Python
            program, and its duration and memory are taken from outside.
        group: the name that the command line has for this case and its relatives together.
        figures: the names of the figures, where there are several.
        compared: which of the figures is compared with the first peer's, by number; None is none.
        per: what a duration is divided by: a number, or a dict by peer.
        scale: units in a second.
        repeats: how many times a function is run for one figure, of which the median counts.
        rounds: how many turns each peer takes.
        card: whether peers may use a graphics card.
    """

    def __init__(
        self,
        name,
        title,
        unit,
        kind="time",
        group=None,
        figures=None,
        compared=0,
        per=1,
        scale=1e6,
        repeats=25,
        rounds=15,
        card=False,
    ):
        self.name, self.title, self.unit, self.kind, self.group, self.per = name, title, unit, kind, group, per
        self.figures = figures or (["seconds", "MB"] if kind == "process" else [unit])
        self.compared, self.scale, self.repeats, self.rounds = compared, scale, repeats, rounds
        self.peers, self.card = {}, card
        self.turns = self.disturbed = 0  # of the last run: how many, and how many began on a busy machine
        cases[name] = self

    def peer(self, name):
        """Enter a peer: decorates a function without arguments that sets it up. The first one is compared with."""

        def enter(prepare):
            self.peers[name] = prepare
            return prepare

        return enter

    def measure(self, name, run):
        """One turn of a peer: its figures."""
        if self.kind == "value":
            return run()
        durations = []
        for _ in range(self.repeats):
            start = time.perf_counter()
            run()
            durations.append(time.perf_counter() - start)
        # The median, not the least: what Python's cycle collector costs a peer is part of its price.
        per = self.per[name] if isinstance(self.per, dict) else self.per
        return [statistics.median(durations) * self.scale / per]


class Worker:
    """A peer in its own Python process, which takes a turn when told to."""

    def __init__(self, case, name):
        command = [sys.executable, "-m", "benchmarks", "--worker", case.name, name]
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        environment = os.environ | ({} if case.card else {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"})
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, text=True, env=environment)
        self.problem = self._read().get("problem")

    def turn(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self._read()
        self.problem = answer.get("problem")
        return answer.get("figures")

    def _read(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"problem": "its process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Program:
    """A peer that is a whole Python program, started anew for every turn."""

    def __init__(self, case, name):
        try:
            self.source = case.peers[name]()
            self.problem = None
            self.turn()
        except (ImportError, subprocess.CalledProcessError) as error:
            self.problem = _last_line(getattr(error, "stderr", None) or str(error))

    def turn(self):
        report = "\nimport resource as r; print(r.getrusage(r.RUSAGE_SELF).ru_maxrss / 1024)"
        start = time.perf_counter()
        command = [sys.executable, "-c", self.source + report]
        # With its compiled files, as an installed package has them; the first turn writes them.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return [time.perf_counter() - start, float(run.stdout.split()[-1])]

    def close(self):
        pass


def _last_line(text):
    return (text.strip().splitlines() or ["failed"])[-1]


def work(case_name, peer):
    """The life of a worker: set up, then take a turn for every line of its input."""
    case = cases[case_name]
    answer, sys.stdout = sys.stdout, sys.stderr  # a peer's chatter must not reach the bench

    def attempt(action):
        try:
            reply = {"figures": action()}
        except Exception as error:  # whatever stops a peer is told in its row
            reply = {"problem": _last_line(f"{type(error).__name__}: {error}")}
        print(json.dumps(reply), file=answer, flush=True)

    ready = []
    attempt(lambda: ready.append(case.peers[peer]()))
    for _ in sys.stdin:
        gc.collect()
        attempt(lambda: case.measure(peer, *ready))


def run(case, rounds=None):
    """Run the peers of a case in turns.

    Returns:
        For each peer a list with the figures of each round, or the text of what stopped it.
    """
    peers = {name: (Program if case.kind == "process" else Worker)(case, name) for name in case.peers}
    results = {name: [] for name in peers}
    order, patience = list(peers), PATIENCE
    case.turns = case.disturbed = 0
    for turn in range(rounds or case.rounds):
        random.Random(turn).shuffle(order)  # nobody always comes after the one who empties the caches
        for name in order:
            if not peers[name].problem:
                waited, idle = settle(patience)
                patience -= waited
                case.turns, case.disturbed = case.turns + 1, case.disturbed + (not idle)
                results[name].append(peers[name].turn())
    for peer in peers.values():
        peer.close()
    return {name: peer.problem or results[name] for name, peer in peers.items()}


def settle(patience):
    """Wait until the machine is idle, but not much longer than `patience`: the seconds, and whether it is."""
    start = time.monotonic()
    while True:
        before = _cpu_seconds()
        time.sleep(SETTLE)
        idle, waited = _cpu_seconds() - before <= SETTLE / 5, time.monotonic() - start
        if idle or waited >= patience:
            return waited - SETTLE, idle


def _cpu_seconds():
    """What all programs have used so far, and what other machines took from this one; 0.0 where nothing tells."""
    try:
        with open("/proc/stat") as lines:
            user, nice, system, _, _, *rest = map(int, lines.readline().split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def table(case, results):
    """The results of a case as Markdown: medians, and of the figure compared its spread and ratio to the first peer."""
    first, at = next(iter(results)), case.compared
    heads = ["", *case.figures]
    if at is not None:
        which = f"{case.figures[at]}: " if len(case.figures) > 1 else ""
        heads += [f"{which}least – most", f"{which}ratio to {first}"]
    noise = f"; {case.disturbed} of {case.turns} turns began while other programs ran" if case.disturbed else ""
    lines = [f"### {case.title}", "", f"`python -m benchmarks {case.name}`; {case.unit}{noise}", ""]
    lines += [_row(heads), "| --- |" + " ---: |" * (len(heads) - 1)]
    for name, rounds in results.items():
        if isinstance(rounds, str):
            lines.append(_row([name, rounds, *[""] * (len(heads) - 2)]))
            continue
        columns = list(zip(*rounds, strict=True))
        cells = [_number(statistics.median(column)) for column in columns]
        if at is not None:
            cells += [f"{_number(min(columns[at]))} – {_number(max(columns[at]))}", _ratio(rounds, results[first], at)]
        lines.append(_row([name, *cells]))
    return "\n".join(lines) + "\n"


def _ratio(rounds, base, at):
    """The median over the rounds of a peer's figure divided by the first peer's of the same round."""
    if isinstance(base, str) or any(b[at] == 0 for b in base):
        return "—"
    return f"{statistics.median(a[at] / b[at] for a, b in zip(rounds, base, strict=True)):.2f}"


def _row(cells):
    return f"| {' | '.join(cells)} |"


def _number(x):
    return f"{x:.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def header():
    """The machine, the date and the versions of a run."""
    versions = {}
    for name in ("numpy", "torch", "jax", "optax", "keras", "mygrad", "autograd", "micrograd", "scikit-learn"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return (
        f"{date.today()}; {_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        + (f"{card()}; " if card() else "")
        + f"{platform.system()}; Python {platform.python_version()}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".\n"
    )


def card():
    """The name of the graphics card, "" where there is none."""
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def _processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def load(*modules):
    """Import the modules that declare the cases."""
    for module in modules:
        importlib.import_module(f"{__package__}.{module}")


def select(names):
    """The cases called so, alone or as a group, each once; without names all of them."""
    found = {}
    for name in names or cases:
        chosen = [case for case in cases.values() if name in (case.name, case.group)]
        if not chosen:
            raise LookupError(f"unknown: {name}. Known: {', '.join([*cases, *groups()])}")
        found |= dict.fromkeys(chosen)
    return list(found)


def groups():
    """The names of the groups."""
    return list(dict.fromkeys(case.group for case in cases.values() if case.group))
