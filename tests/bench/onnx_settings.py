"""What ONNX Runtime's settings are worth for a driving frame, in turns in one run.

Run by hand: ``python -m tests.bench.onnx_settings MODEL_FOLDER``. Each row differs from the first in what it
names. Processor time is that of all threads; where other programs run, wall-clock times are theirs too.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import cyclopts
import numpy as np
import onnxruntime

from pechead_engines.manifest import GraphDescription, checked_file, read_manifest
from pechead_engines.names import ProcessorPrecision

Settings = dict[str, int | bool | str]
Made = TypeVar("Made")
SPINNING = "session.intra_op.allow_spinning"
OURS: Settings = {"threads": 2, "spins": False, "arena": True, "level": "ALL"}
ROWS: dict[str, Settings] = {
    "as shipped": {},
    "1 thread": {"threads": 1},
    "spinning": {"spins": True},
    "no memory arena": {"arena": False},
    "optimised: extended": {"level": "EXTENDED"},
    "optimised: basic": {"level": "BASIC"},
    "not optimised": {"level": "DISABLE_ALL"},
}


def bench(model: Path, *, precision: ProcessorPrecision = "float32", rounds: int = 8) -> None:
    """Print processor time, wall-clock time and time to load of each setting.

    Args:
        model: folder that pechead-export wrote.
        precision: of the graph.
        rounds: turns that each takes; the best counts.
    """
    manifest = read_manifest(model)
    graph = manifest.driving if precision == "float32" else manifest.driving_int8
    assert graph is not None
    path = checked_file(model, graph)
    with tempfile.TemporaryDirectory() as temporary:
        optimised = Path(temporary) / "optimised.onnx"
        session(path, OURS, optimised)
        opened = {name: timed(partial(session, path, {**OURS, **row})) for name, row in ROWS.items()}
        opened["saved optimised"] = timed(partial(session, optimised, {**OURS, "level": "DISABLE_ALL"}))
        runs = {name: frame(entry[0], graph) for name, entry in opened.items()}
        best = {name: [np.inf, np.inf] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                _, processor, wall = timed(run)
                best[name] = [min(best[name][0], processor), min(best[name][1], wall)]
    reference = best["as shipped"]
    print(f"{'':22}{'processor':>12}{'ratio':>8}{'wall':>12}{'ratio':>8}{'loading, processor':>22}")
    for name, (processor, wall) in best.items():
        loading = opened[name][1]
        ratios = processor / reference[0], wall / reference[1]
        print(
            f"{name:22}{processor * 1e3:9.1f} ms{ratios[0]:8.2f}{wall * 1e3:9.1f} ms{ratios[1]:8.2f}"
            f"{loading * 1e3:19.0f} ms"
        )


def session(path: Path, settings: Settings, saved: Path | None = None) -> onnxruntime.InferenceSession:
    """A session with these settings; the optimised graph is saved if a path is given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings["threads"]
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = settings["arena"]
    options.graph_optimization_level = getattr(
        onnxruntime.GraphOptimizationLevel, f"ORT_{prefixed(str(settings['level']))}"
    )
    options.add_session_config_entry(SPINNING, str(int(settings["spins"])))
    if saved is not None:
        options.optimized_model_filepath = str(saved)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def prefixed(level: str) -> str:
    """As ONNX Runtime calls a level."""
    return level if level == "DISABLE_ALL" else f"ENABLE_{level}"


def frame(session: onnxruntime.InferenceSession, graph: GraphDescription) -> Callable[[], object]:
    """One frame of noise, which takes as long as any other; the first one is not counted."""
    rng = np.random.default_rng(1)
    inputs = {tensor.name: rng.random(tensor.shape_for(256), np.float32) for tensor in graph.inputs}
    session.run(None, inputs)
    return lambda: session.run(None, inputs)


def timed(part: Callable[[], Made]) -> tuple[Made, float, float]:
    """What a part gives, and its seconds of processor and of wall-clock time."""
    processor, wall = time.process_time(), time.perf_counter()
    made = part()
    return made, time.process_time() - processor, time.perf_counter() - wall


if __name__ == "__main__":
    cyclopts.run(bench)
