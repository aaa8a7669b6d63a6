"""The ``pechead-export`` command."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from pechead.command import run_command
from pechead.errors import SettingsError
from pechead.network.config import PresetName
from pechead_engines.cache import EngineCache
from pechead_engines.manifest import Manifest
from pechead_engines.shipped import shipped_model
from pechead_engines.tensorrt.library import TensorRTName

Switch = Annotated[bool, Parameter(negative=())]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; that of the process if None.

    Returns:
        the exit code: 0, 2 for wrong usage, 130 if interrupted, otherwise that of the PecheadError.
    """
    console = Console(stderr=True, highlight=False)
    app = App(
        name="pechead-export",
        help="Turn trained weights into what the live driver runs.",
        suppress_keyboard_interrupt=False,
    )

    @app.default
    def export(
        weights: Path | None = None,
        *,
        output: Path | None = None,
        config: PresetName = "lite",
        precision: Literal["float32", "float16"] = "float32",
        int8: Switch = False,
        calibration: Path | None = None,
        frame: bool = False,
        recurrent: bool = False,
        verify: Path | None = None,
        runtime: TensorRTName | None = None,
        compute_capability: Sequence[str] = (),
        cache: Path | None = None,
        list_: Annotated[bool, Parameter(name="--list", negative=())] = False,
        prune: Switch = False,
    ) -> None:
        """Write source.onnx, driving.onnx and their manifest, once they agree with PyTorch; build engines.

        Parameters
        ----------
        weights
            What pechead-train wrote: a .safetensors file or a .ckpt checkpoint. With --runtime also a model's
            folder, whose engines are built; by default that of the shipped model.
        output
            The folder to make or to replace.
        config
            The network that the weights belong to.
        precision
            What runs once a frame computes in it: float32 for processors; float16 for graphics cards, with
            positions and sums in float32.
        int8
            Also write driving-int8.onnx, for processors that compute quicker with bytes; the live driver
            takes it where that is so.
        calibration
            A folder of photos of a face each, to measure the ranges of int8 on beside the demo portrait.
        frame
            Also write frame.onnx, which draws whole frames at the photo's size, 256 to 1024 pixels a side.
        recurrent
            Let a frame depend on the one before, for weights that were trained on sequences.
        verify
            Compare the graphs of this folder with PyTorch once more, instead of writing any.
        runtime
            Build engines for graphics cards with this library.
        compute_capability
            Of the cards, as 8.9; may be given several times. Without it, tensorrt-rtx builds one engine for
            all cards of 8.0 and later, tensorrt one for the card in this machine.
        cache
            The folder where engines are kept; by default the user's cache.
        list_
            Show the engines in the cache.
        prune
            Remove engines that are damaged, unfinished, or of another version than the installed library.
        """
        kept = EngineCache(cache)
        if list_ or prune:
            from pechead_export.tensorrt.commands import list_engines, prune_engines

            if prune:
                prune_engines(kept, console)
            if list_:
                list_engines(kept, console)
            return
        if runtime is not None and verify is None and (weights is None or weights.is_dir()):
            _build(weights or shipped_model(), runtime, compute_capability, kept, console)
            return
        if verify is None and (weights is None or output is None):
            raise SettingsError(
                "nothing to do", "name WEIGHTS and --output FOLDER (pechead-export --help shows all)"
            )
        if int8 and precision == "float16":
            raise SettingsError(
                "--int8 is for processors, --precision float16 for graphics cards", "leave out one of them"
            )
        if calibration is not None and not int8:
            raise SettingsError("--calibration has nothing to calibrate", "add --int8")
        # PyTorch takes seconds to import; --help should not.
        from pechead_export import model_folder
        from pechead_export.real_frames import calibrating_frames
        from pechead_live.process import interruption_by_signals

        with interruption_by_signals():
            if verify is not None:
                with console.status("comparing with PyTorch"):
                    manifest = model_folder.verify(verify)
                console.print(parity_table(manifest))
                return
            assert weights is not None
            assert output is not None
            with console.status("exporting"):
                network = model_folder.load_network(weights, config)
                frames = calibrating_frames(network.config.image_size, calibration) if int8 else ()
                manifest = model_folder.export_model(
                    network, output, precision, frame=frame, recurrent=recurrent, calibration=tuple(frames)
                )
        console.print(parity_table(manifest))
        size = sum(path.stat().st_size for path in output.iterdir())
        console.print(f"wrote {output} ({size / 1e6:.1f} MB)", markup=False, soft_wrap=True)
        if runtime is not None:
            _build(output, runtime, compute_capability, kept, console)

    return run_command(app, console, arguments)


def _build(
    folder: Path, runtime: TensorRTName, capabilities: Sequence[str], cache: EngineCache, console: Console
) -> None:
    from pechead_export.tensorrt.commands import build_engines
    from pechead_live.process import interruption_by_signals

    with interruption_by_signals():
        build_engines(folder, runtime, capabilities, cache, console)


def parity_table(manifest: Manifest) -> Table:
    """How far each output of each graph is from PyTorch's."""
    table = Table("graph", "precision", "output", "largest", "mean", "PSNR", title="errors against PyTorch")
    for graph in manifest.graphs:
        for parity in graph.parity:
            psnr = "" if parity.psnr is None else f"{parity.psnr:.1f} dB"
            figures = (f"{parity.largest:.5f}", f"{parity.mean:.6f}", psnr)
            table.add_row(graph.file, graph.precision, parity.output, *figures)
        if graph.landmark_distance is not None:
            distance = f"{graph.landmark_distance:.3f}"
            table.add_row(graph.file, graph.precision, "landmarks, px of 256", "", distance, "")
    return table
