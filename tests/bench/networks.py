"""How long a driving frame takes: the exported model's frames beside FOMM's network, in turns in one run.

Run by hand: ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tests/bench/networks.py MODEL_FOLDER``, since
pechead-live sets these for itself. FOMM's network is built anew in its published
shape, with random weights: time does not depend on them. Multiply-accumulates are counted with THOP.
"""

import time
from collections.abc import Callable
from itertools import cycle, pairwise, product
from pathlib import Path

import cv2
import cyclopts
import numpy as np
import torch
from thop import profile
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_engines.names import ProcessorPrecision
from pechead_export.real_frames import close_portrait
from pechead_live.demo.motion import demo_motion
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import DrivingMotion, Image
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import prepare_portrait

KEYPOINTS = 10


class Down(nn.Sequential):
    """Convolve, then halve."""

    def __init__(self, inputs: int, outputs: int) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.AvgPool2d(2))


class Up(nn.Sequential):
    """Double, then convolve."""

    def __init__(self, inputs: int, outputs: int) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
        super().__init__(nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class Hourglass(nn.Module):
    """Five halvings and back."""

    def __init__(self, base: int, inputs: int) -> None:
        super().__init__()
        widths = [inputs, *(min(1024, base * 2**k) for k in range(1, 6))]
        self.down = nn.ModuleList(Down(a, b) for a, b in pairwise(widths))
        up, below = [], widths[-1]
        for k in reversed(range(5)):
            width = min(1024, base * 2**k)
            up.append(Up(below, width))
            below = width + widths[k]
        self.up, self.channels = nn.ModuleList(up), below

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, channels, h, w)."""
        seen = [x]
        for down in self.down:
            seen.append(down(seen[-1]))
        x = seen.pop()
        for up in self.up:
            x = torch.cat([up(x), seen.pop()], 1)
        return x


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h, w)."""
        change: Tensor = self.layers(x)
        return x + change


class FommFrame(nn.Module):
    """What FOMM has to compute for a driving frame at 256²; the source's features are computed before."""

    def __init__(self) -> None:
        super().__init__()
        self.detector = Hourglass(32, 3)
        self.keypoints = nn.Conv2d(self.detector.channels, KEYPOINTS, 7)
        self.jacobians = nn.Conv2d(self.detector.channels, 4 * KEYPOINTS, 7)
        self.motion = Hourglass(64, 4 * (KEYPOINTS + 1))
        self.mask = nn.Conv2d(self.motion.channels, KEYPOINTS + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.motion.channels, 1, 7, padding=3)
        self.decoder = nn.Sequential(*(Residual(256) for _ in range(6)), Up(256, 128), Up(128, 64))
        self.last = nn.Conv2d(64, 3, 7, padding=3)

    def forward(self, driving: Tensor, features: Tensor) -> Tensor:
        """(1, 3, 256, 256) and the source's (1, 256, 64, 64) to (1, 3, 256, 256)."""
        small = F.avg_pool2d(driving, 4)
        seen = self.detector(small)
        self.keypoints(seen), self.jacobians(seen)
        moved = small.mean(1, keepdim=True).expand(-1, 4 * (KEYPOINTS + 1), -1, -1)
        motion = self.motion(moved)
        self.mask(motion)
        occlusion = torch.sigmoid(self.occlusion(motion))
        grid = features.new_zeros(1, 64, 64, 2)
        warped = F.grid_sample(features, grid, align_corners=False) * occlusion
        return torch.sigmoid(self.last(self.decoder(warped)))


def bench(model: Path, *, rounds: int = 30, threads: int = 2) -> None:
    """Print milliseconds of both, and of whole frames at 256² and 512², and their ratios to FOMM.

    Args:
        model: folder that pechead-export wrote.
        rounds: turns that each takes.
        threads: of all.
    """
    torch.set_num_threads(threads)
    fomm = FommFrame().eval().to(memory_format=torch.channels_last)
    image = torch.rand(1, 3, 256, 256).contiguous(memory_format=torch.channels_last)
    features = torch.rand(1, 256, 64, 64).contiguous(memory_format=torch.channels_last)
    parts: dict[str, Callable[[], object]] = {"FOMM, PyTorch": lambda: fomm(image, features)}
    precisions: tuple[ProcessorPrecision, ...] = ("float32", "int8")
    for size, precision in product((256, 512), precisions):
        parts[f"lite, {precision}, frame at {size}"] = whole_frame(model, size, threads, precision)
    with torch.no_grad():
        operations = profile(fomm, (image, features), verbose=False)[0]
        times = alternate(list(parts.values()), rounds)
    print(f"FOMM {operations / 1e9:.1f} GMACs; {rounds} turns on {threads} threads")
    print(f"{'':28}{'best':>10}{'median':>13}{'ratio of the medians':>24}")
    reference = np.median(times[0])
    for name, taken in zip(parts, times, strict=True):
        median = float(np.median(taken))
        print(f"{name:28}{1e3 * min(taken):7.1f} ms{1e3 * median:10.1f} ms{median / reference:24.3f}")


def whole_portrait(photo: Image, model: FaceModel) -> SourcePortrait:
    """A square photo of one face, to be animated as it is."""
    with FaceDetector("image") as detector:
        return prepare_portrait(photo, "the photo", detector, model, "whole")


def whole_frame(model: Path, size: int, threads: int, precision: ProcessorPrecision) -> Callable[[], object]:
    """The demo portrait's next frame, as the live driver draws it: geometry, networks, the photo moved."""
    cv2.setNumThreads(1)
    face_model = FaceModel.load()
    close = close_portrait(demo_portrait(), "the demo portrait", face_model).image
    photo = cv2.resize(close, (size, size), interpolation=cv2.INTER_CUBIC)
    portrait = whole_portrait(np.asarray(photo, np.uint8), face_model)
    renderer = PecheadRenderer(face_model, model, threads, precision=precision)
    renderer.set_source(portrait)
    recording, stage = demo_motion(), MotionStage(face_model, portrait, MotionSettings(smooth=0))
    moments = enumerate(zip(recording.times, recording.moments, strict=True))
    faces = cycle([stage.step(DrivingMotion(n, time, motion), time) for n, (time, motion) in moments])
    return lambda: renderer.render(next(faces))


def alternate(parts: list[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Seconds of each part, in turns, so that a busy machine slows all of them alike."""
    times: list[list[float]] = [[] for _ in parts]
    for turn in range(rounds + 2):
        for part, taken in zip(parts, times, strict=True):
            started_at = time.perf_counter()
            part()
            if turn >= 2:
                taken.append(time.perf_counter() - started_at)
    return times


if __name__ == "__main__":
    cyclopts.run(bench)
