"""The ``pechead-train`` command."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console

from pechead.command import run_command
from pechead.errors import SettingsError

STOPPING = (signal.SIGINT, signal.SIGTERM)
"""Signals that end a session after the present step, with a checkpoint."""

DeviceName = Literal["auto", "cpu", "cuda"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; that of the process if None.

    Returns:
        the exit code: 0, 2 for wrong usage, 130 if interrupted at once, otherwise that of the PecheadError.
    """
    console = Console(stderr=True, highlight=False)
    app = App(name="pechead-train", help="Train PECHead's networks.", suppress_keyboard_interrupt=False)

    @app.default
    def train(
        *,
        config: str,
        data: str,
        run: Path,
        minutes: float | None = None,
        steps: int | None = None,
        finish_minutes: float = 0.0,
        init: Path | None = None,
        set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
        device: DeviceName = "auto",
    ) -> None:
        """Train, or go on training where the run folder holds a checkpoint.

        Parameters
        ----------
        config
            lite, full, or a YAML file.
        data
            A folder of shards of pechead-data, or what WebDataset reads.
        run
            Folder for checkpoints, weights, figures and contact sheets.
        minutes
            Length of this session; without it, until --steps or until interrupted.
        steps
            In all, over all sessions.
        finish_minutes
            At the end of --minutes, over which the learning rate falls to nearly nothing. The result is
            finished.safetensors; later sessions go on from before the fall.
        init
            Weights to begin with (.safetensors or .ckpt) where the run folder holds no checkpoint.
        set_
            Changes of the config: section.key=value.
        device
            Where to train.
        """
        if finish_minutes and (minutes is None or finish_minutes > minutes):
            raise SettingsError(
                "--finish-minutes has no end to count from", "give --minutes, and more of them"
            )
        # Here, not above: PyTorch takes seconds to import.
        from pechead.training.config import load_config
        from pechead.training.run import Stop, set_up_process, train_in
        from pechead.training.trainer import Session

        recipe = load_config(config, set_)
        set_up_process(recipe)
        stop = Stop()
        handlers = {name: signal.signal(name, lambda *_: stop.request()) for name in STOPPING}
        is_first = int(os.environ.get("RANK", "0")) == 0
        try:
            train_in(
                run,
                recipe,
                data,
                Session(minutes, steps, finish_minutes),
                init,
                device,
                (lambda line: console.print(line, markup=False, soft_wrap=True)) if is_first else None,
                stop,
            )
        finally:
            for name, handler in handlers.items():
                signal.signal(name, handler)

    return run_command(app, console, arguments)
