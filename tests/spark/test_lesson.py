"""The lesson that uses Spark runs with it; without it the package says how to get it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import programs
import pytest

ROOT = Path(__file__).resolve().parents[2]

MISSING = """
import sys
sys.modules["pyspark"] = None
import tinygrad_edu as tg
model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1)])
model.compile("sgd", "mse")
for made in tg.spark.SequentialEstimator, tg.spark.SequentialModel:
    try:
        made(model)
    except ImportError as error:
        print(error)
"""


@pytest.mark.spark
def test_the_lesson_runs_on_spark(tmp_path):
    more = {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PATH": programs.PATH, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, ROOT / "examples" / "lessons" / "en" / "10_larger_data.py"]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | more, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "the same weights as here: True" in run.stdout
    averaged = re.search(r"averaged after 2 epochs apart: loss ([\d.]+)", run.stdout)
    assert float(averaged[1]) < 0.2, "the noise alone is 0.09"


def test_without_pyspark_the_command_that_gets_it_is_said():
    run = subprocess.run([sys.executable, "-c", MISSING], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = run.stdout.splitlines()
    for line, name in ((first, "SequentialEstimator"), (second, "SequentialModel")):
        assert line.startswith(f"{name} needs pyspark (from 4.1) and pyarrow, and they are not installed.")
        assert 'pip install "tinygrad-edu[spark]"' in line
