"""Whether the driving graph runs in float32 or int8: what is quicker on this processor, or was asked for."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from pechead_engines.choose import ChosenEngine, int8_graph, open_graph
from pechead_engines.engine import Engine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, checked_file, read_manifest
from pechead_engines.names import NAMES, PrecisionChoice

TURNS = 5
"""Frames that each is timed for, in turns; the quickest counts, since other programs only ever slow one."""

LONGEST = 0.5
"""Seconds after which no further turn begins: a start should not wait for a slow or busy machine."""

WORTHWHILE = 0.9
"""Share of the float32 time from which on int8, which is a little less exact, isn't taken."""


def choose_precision(
    chosen: ChosenEngine, folder: Path, threads: int, choice: PrecisionChoice = "auto"
) -> ChosenEngine:
    """Add to a chosen engine in which precision it runs a model, and why.

    Args:
        chosen: the engine; ONNX Runtime and OpenVINO run either.
        folder: of the model.
        threads: that the engine may use.
        choice: what to run; ``auto`` times a few frames of each.

    Raises:
        EngineError: the engine or the model has not the precision that was asked for.
        ModelFileError: the folder is damaged.
    """
    if chosen.name != "onnx" and chosen.name != "openvino":
        if choice == "int8":
            raise EngineError(
                f"--precision int8 is for ONNX Runtime and OpenVINO, not for {NAMES[chosen.name]}",
                "choose --engine onnx, or leave out --precision",
            )
        return chosen
    manifest = read_manifest(folder)
    if choice == "int8":
        int8_graph(manifest)
    if choice != "auto":
        return replace(chosen, precision=choice, why=f"{chosen.why}, --precision {choice}")
    graphs = [graph for graph in (manifest.driving, manifest.driving_int8) if graph is not None]
    engines = [open_graph(chosen.name, checked_file(folder, graph), threads) for graph in graphs]
    single, *quantised = _quickest(engines, manifest.driving)
    return paced(chosen, single, quantised[0]) if quantised else replace(chosen, seconds=single)


def paced(chosen: ChosenEngine, single: float, quantised: float) -> ChosenEngine:
    """The engine in the precision that pays.

    Args:
        chosen: one that runs either.
        single, quantised: seconds of a frame in float32 and in int8.
    """
    ratio = quantised / single
    if ratio < WORTHWHILE:
        pace = f"{ratio:.2f} of the float32 time here"
        return replace(chosen, precision="int8", pace=pace, seconds=quantised)
    pace = f"int8 takes {ratio:.2f} of its time here"
    return replace(chosen, precision="float32", pace=pace, seconds=single)


def _quickest(engines: list[Engine], graph: GraphDescription) -> list[float]:
    """Seconds of each engine's quickest frame."""
    for engine in engines:
        engine.bind({tensor.name: np.zeros(tensor.shape_for(0), np.float32) for tensor in graph.inputs})
        # The first frame of an engine is slower than all others.
        engine.run({})
    times: list[list[float]] = [[] for _ in engines]
    until = time.perf_counter() + LONGEST
    for turn in range(TURNS):
        if turn and time.perf_counter() > until:
            break
        for engine, taken in zip(engines, times, strict=True):
            began = time.perf_counter()
            engine.run({})
            taken.append(time.perf_counter() - began)
    return [min(taken) for taken in times]
