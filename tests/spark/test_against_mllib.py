"""The whole fit against that of MLlib's network, by the case of the bench: as accurate, in a fifth of the time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import programs
import pytest

ROOT = Path(__file__).resolve().parents[2]

TURN = """
import json
from benchmarks import spark
case = spark.case
print("figures", json.dumps(case.measure({name!r}, case.peers[{name!r}]())))
"""


def turn(name):
    """The seconds and the test accuracy of a peer, in a process of its own."""
    more = {"PYTHONPATH": str(ROOT), "PATH": programs.PATH, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, "-c", TURN.format(name=name)]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | more, capture_output=True, text=True, timeout=1800)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.rpartition("figures ")[2])


@pytest.mark.spark
@pytest.mark.nightly
def test_as_accurate_as_mllib_in_a_fifth_of_its_time():
    seconds, accuracy = turn("tinygrad_edu, averaged")
    seconds_of_mllib, accuracy_of_mllib = turn("MLlib's MLP, 100 iterations")
    assert accuracy >= accuracy_of_mllib
    assert seconds <= seconds_of_mllib / 5
