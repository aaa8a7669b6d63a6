"""Two processes train one network, as ``torchrun`` starts them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pechead.training.checkpoint import load_checkpoint

LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--"]

PROGRAM = """
import os, sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import RECIPE, SMALL
from pechead.training import run
from pechead.training.config import parse_config
from pechead.training.trainer import Session

torch.set_num_threads(1)
rank = int(os.environ["RANK"])
made = []
make_parts = run.make_parts
run.make_parts = lambda *settings: made.append(make_parts(*settings)) or made[0]
recipe = parse_config(RECIPE, "recipe")
run.train_in(Path(sys.argv[3]), recipe, sys.argv[2], Session(steps=2), device="cpu",
             show=print if rank == 0 else None, sizes=SMALL)
torch.save(made[0].states(), Path(sys.argv[3]) / f"rank{rank}.pt")
"""

ENDLESS = """
import os, signal, sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import RECIPE, SMALL
from pechead.training import run
from pechead.training.config import parse_config
from pechead.training.trainer import Session

torch.set_num_threads(1)
stop = run.Stop()
signal.signal(signal.SIGTERM, lambda *_: stop.request())
recipe = parse_config({**RECIPE, "data": {**RECIPE["data"], "workers": 1}}, "recipe")
folder = Path(sys.argv[3])
say = lambda line: (folder / "stepped").touch() if line.startswith("step 2 ") else None
run.train_in(folder, recipe, sys.argv[2], Session(), device="cpu",
             show=say if os.environ["RANK"] == "0" else None, stop=stop, sizes=SMALL)
"""


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="needs gloo")
def test_two_processes_keep_the_same_weights(shards: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = tmp_path / "run"
    words = [*LAUNCH, str(program), str(Path(__file__).parent), str(shards), str(run)]
    result = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert "on 2 x cpu" in result.stdout
    one, other = (torch.load(run / f"rank{rank}.pt", weights_only=True) for rank in range(2))
    stored = load_checkpoint(run / "checkpoints" / "step-00000002.ckpt").states
    for part in ("network", "discriminators", "average"):
        for name, weight in one[part].items():
            assert torch.equal(weight, stored[part][name]), name
            # Statistics of batches: the first process's count, the others take them over at the next step.
            if not name.endswith(("running_mean", "running_var")):
                assert torch.equal(weight, other[part][name]), name


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="needs gloo")
def test_a_request_to_terminate_leaves_a_checkpoint_of_all_processes(shards: Path, tmp_path: Path) -> None:
    """torchrun passes it on to the whole group, processes that make samples included."""
    program, run = tmp_path / "program.py", tmp_path / "run"
    program.write_text(ENDLESS)
    words = [*LAUNCH, str(program), str(Path(__file__).parent), str(shards), str(run)]
    with subprocess.Popen(
        words, text=True, stderr=subprocess.PIPE, env=os.environ | {"OMP_NUM_THREADS": "1"}
    ) as process:
        deadline = time.monotonic() + 200
        while not (run / "stepped").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=100)
    assert list((run / "checkpoints").glob("step-*.ckpt")), said
    assert "is killed by signal" not in said
