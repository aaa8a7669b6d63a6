"""Two processes train one network, as ``torchrun`` starts them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pechead.training.checkpoint import load_checkpoint

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


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="needs gloo")
def test_two_processes_keep_the_same_weights(shards: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = tmp_path / "run"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--"]
    words = [*launch, str(program), str(Path(__file__).parent), str(shards), str(run)]
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
