"""How long a driving frame takes in each engine, beside FOMM's network, in turns in one run.

Run by hand: ``python -m tests.bench.engines MODEL_FOLDER``. Where other programs take the
processor's time, wall-clock times say little: the processor time of all threads is printed beside them, and
the ratio is of that.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cyclopts
import numpy as np
import torch
from tests.bench.networks import FommFrame
from thop import profile

from pechead.network.count import module_sizes
from pechead_engines.choose import open_model, why_not
from pechead_engines.engine import Engine
from pechead_engines.manifest import read_manifest
from pechead_engines.names import NAMES, EngineName
from pechead_export.graphs import SourceGraph
from pechead_export.model_folder import load_model
from pechead_export.real_frames import real_frames

PROCESSOR: tuple[EngineName, ...] = ("torch", "onnx", "openvino")


@dataclass(frozen=True)
class Times:
    """Of one part, a number a turn, in seconds."""

    wall: list[float]
    processor: list[float]


def bench(model: Path, *, rounds: int = 12, threads: int = 2) -> None:
    """Print milliseconds of each engine and ratios to FOMM.

    Args:
        model: folder that pechead-export wrote.
        rounds: turns that each takes.
        threads: of all.
    """
    torch.set_num_threads(threads)
    manifest = read_manifest(model)
    parts: dict[str, Callable[[], object]] = {}
    fomm = FommFrame().eval().to(memory_format=torch.channels_last)
    seen = [
        torch.rand(1, *shape).contiguous(memory_format=torch.channels_last)
        for shape in ((3, 256, 256), (256, 64, 64))
    ]
    operations = profile(fomm, tuple(seen), verbose=False)[0] / 1e9
    parts["FOMM, PyTorch"] = lambda: fomm(*seen)
    for name in PROCESSOR:
        if why_not(name) is None:
            parts[NAMES[name]] = prepared(open_model(name, model, threads).driving, model)
            if name != "torch" and manifest.driving_int8 is not None:
                parts[f"{NAMES[name]}, int8"] = prepared(
                    open_model(name, model, threads, "int8").driving, model
                )
    with torch.inference_mode():
        times = alternate(parts, rounds)
    ours = sum(size.operations_per_frame for size in module_sizes(load_model(model, manifest).config)) / 1e9
    print(f"GMACs a frame: FOMM {operations:.1f}, {manifest.model} {ours:.2f}")
    print(f"{rounds} turns on {threads} threads")
    print(f"{'':24}{'wall, best':>12}{'processor, median':>20}{'ratio to FOMM':>16}")
    reference = np.median(times["FOMM, PyTorch"].processor)
    for label, taken in times.items():
        median = float(np.median(taken.processor))
        print(f"{label:24}{1e3 * min(taken.wall):9.1f} ms{1e3 * median:17.1f} ms{median / reference:16.3f}")


def prepared(engine: Engine, model: Path) -> Callable[[], object]:
    """One real frame, what stays the same bound as in the live driver."""
    frames = real_frames(256)
    graph = SourceGraph(load_model(model, read_manifest(model)))
    photo = dict(frames.photo)
    with torch.inference_mode():
        photo |= dict(
            zip(graph.output_names, graph(*(photo[name] for name in graph.input_names)), strict=True)
        )
    engine.bind({name: tensor.numpy() for name, tensor in photo.items()})
    moving = {name: tensor.numpy() for name, tensor in frames.frames[0].items()}
    return lambda: engine.run(moving)


def alternate(parts: dict[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Each part in turns, so that a busy machine slows all of them alike; two turns to warm up."""
    times = {name: Times([], []) for name in parts}
    for turn in range(rounds + 2):
        for name, part in parts.items():
            wall, processor = time.perf_counter(), time.process_time()
            part()
            if turn >= 2:
                times[name].wall.append(time.perf_counter() - wall)
                times[name].processor.append(time.process_time() - processor)
    return times


if __name__ == "__main__":
    cyclopts.run(bench)
