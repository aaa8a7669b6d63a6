"""What a person sees of a run: a line now and then, TensorBoard, and contact sheets."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import cv2
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from pechead.training.checkpoint import write_whole
from pechead.training.errors import CheckpointError

SHEET_ROWS = 8


class Reporter:
    """Gathers figures and shows them.

    Args:
        folder: of the run; ``log.txt``, ``tensorboard/`` and ``sheets/`` go there.
        show: takes a line for the user.
        batch_size: samples of a step, over all devices.
    """

    def __init__(self, folder: Path, show: Callable[[str], None], batch_size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._show, self._batch_size = folder, show, batch_size
        self._writer = SummaryWriter(str(folder / "tensorboard"))
        self._log = (folder / "log.txt").open("a", encoding="utf-8")
        self._restart()

    def _restart(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)
        self._steps = 0
        self._waited = 0.0
        self._started_at = time.monotonic()

    def add(self, figures: Mapping[str, float], waited: float) -> None:
        """Count a step.

        Args:
            figures: losses by name.
            waited: seconds that it waited for data.
        """
        self._steps += 1
        self._waited += waited
        for name, value in figures.items():
            self._sums[name] += value
            self._counts[name] += 1

    def flush(self, step: int, rate: float) -> None:
        """Show the means since the last time.

        Args:
            step: steps done.
            rate: learning rate.
        """
        if not self._steps:
            return
        seconds = time.monotonic() - self._started_at
        means = {name: self._sums[name] / self._counts[name] for name in self._sums}
        speed = self._steps * self._batch_size / seconds
        losses = " ".join(f"{name} {value:.4g}" for name, value in means.items())
        self.say(
            f"step {step}  {speed:.1f} samples/s  {seconds / self._steps * 1000:.0f} ms a step "
            f"({100 * self._waited / seconds:.0f} % waiting)  rate {rate:.2e}  {losses}"
        )
        self.scalars("training", means, step)
        self.scalars("speed", {"samples_per_second": speed, "waiting": self._waited / seconds}, step)
        self.scalars("optimiser", {"learning_rate": rate}, step)
        self._restart()

    def pause(self, seconds: float) -> None:
        """Leave out time that was not for training."""
        self._started_at += seconds

    def scalars(self, group: str, figures: Mapping[str, float], step: int) -> None:
        """Figures for TensorBoard."""
        with self._whether_written_or_not("figures for TensorBoard"):
            for name, value in figures.items():
                self._writer.add_scalar(f"{group}/{name}", value, step)
            self._writer.flush()

    def sheet(self, sheet: Tensor, step: int) -> None:
        """A contact sheet, (3, H, W) in [0, 1], for TensorBoard and as a picture in the run's folder."""
        pixels = (sheet.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).flip(2).contiguous().numpy()
        _, encoded = cv2.imencode(".png", pixels)
        with self._whether_written_or_not("the contact sheet"):
            for name in (f"step-{step:08d}.png", "newest.png"):
                write_whole(self._folder / "sheets" / name, lambda file: file.write(encoded.tobytes()))
            self._writer.add_image("validation", sheet, step)

    def say(self, line: str) -> None:
        """A line for the user and for the log."""
        self._show(line)
        with self._whether_written_or_not("the log"):
            self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n")
            self._log.flush()

    def close(self) -> None:
        """Finish all files."""
        with self._whether_written_or_not("the log"):
            self._writer.close()
            self._log.close()

    @contextmanager
    def _whether_written_or_not(self, what: str) -> Iterator[None]:
        """A full disk must not stop the training for want of a picture."""
        try:
            yield
        except (OSError, CheckpointError) as error:
            self._show(f"{what} can't be written ({error}); training goes on")


def contact_sheet(rows: list[list[Tensor]]) -> Tensor:
    """(3, H, W): rows of (C, h, w) pictures in [0, 1], those of one channel in grey."""
    lines = [torch.cat([picture.expand(3, -1, -1).float() for picture in row], 2) for row in rows]
    return torch.cat(lines, 1).cpu()
