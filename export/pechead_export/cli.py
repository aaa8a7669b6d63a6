"""The ``pechead-export`` command."""

from collections.abc import Sequence
from pathlib import Path

from cyclopts import App
from rich.console import Console

from pechead.command import run_command
from pechead.network.config import PresetName


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; that of the process if None.

    Returns:
        the exit code: 0, 2 for wrong usage, 130 if interrupted, otherwise that of the PecheadError.
    """
    console = Console(stderr=True, highlight=False)
    app = App(name="pechead-export", help="Turn trained weights into graphs that the live driver runs.")

    @app.default
    def export(weights: Path, *, output: Path, config: PresetName = "lite") -> None:
        """Write source.onnx, driving.onnx and their manifest, compared with PyTorch before they are kept.

        Parameters
        ----------
        weights
            What pechead-train wrote: a .safetensors file or a .ckpt checkpoint.
        output
            The folder to make or to replace.
        config
            The network that the weights belong to.
        """
        # PyTorch takes seconds to import; --help should not.
        from pechead_export.model_folder import export_model, load_network

        with console.status("exporting"):
            export_model(load_network(weights, config), output)
        size = sum(path.stat().st_size for path in output.iterdir())
        console.print(f"wrote {output} ({size / 1e6:.1f} MB)", markup=False, soft_wrap=True)

    return run_command(app, console, arguments)
