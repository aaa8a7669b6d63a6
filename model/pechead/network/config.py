"""The sizes of the networks: one dataclass, two presets."""

from dataclasses import dataclass
from typing import Literal

PresetName = Literal["lite", "full"]
NormName = Literal["batch", "batch_after", "none"]

COEFFICIENTS = 61
"""Length of ``FaceCondition.coefficients``."""

FLOW_CELLS = 128
"""Columns and rows of ``FaceMotion.flow``."""

MATTE_CELLS = 128
"""Columns and rows of the photo's matte."""


@dataclass(frozen=True)
class HourglassWidths:
    """An hourglass that halves its size ``depth`` times.

    Attributes:
        base: channels at full size; doubled at each halving.
        most: but never more than these.
        depth: number of halvings.
    """

    base: int
    most: int
    depth: int


@dataclass(frozen=True)
class NetworkConfig:
    """What distinguishes one size of PECHead from another.

    Levels are ordered from fine to coarse; each has half the size of the one before.

    Attributes:
        image_size: pixels of a side of the source crop that the networks see.
        finest: pixels of a side of the first level of the feature pyramid.
        levels: channels of each level.
        norm: batch norm, before the convolutions of residual blocks, as FOMM has it; or always after them, so
            that running networks can have it folded away; or none. Without one in front, residual branches
            start at zero.
        motion_size: cells of a side of the motion estimators' grid.
        learned_landmarks: number K of landmarks that E finds by itself.
        predefined_landmarks: number of face-model landmarks that are motion candidates of their own in the
            global estimator, as in the paper; 0: the dense geometric flow takes their place.
        similarity_first: learned landmarks tell what is left when the head's similarity transform is taken
            out, instead of moving by shifts alone.
        keypoint_hourglass, motion_hourglass: of E, and of both motion estimators.
        kernel: of the last convolution of E and the motion estimators, and of the encoder's first one.
        blends_flows: attention blends the two flows and each level is warped once, by the blend; else each
            level is warped by both, as in the paper, and the features are blended.
        encoder_blocks, alignment_blocks, context_blocks, decoder_blocks: residual blocks per level; -1
            context blocks: no context at that level.
        context_hidden: hidden channels of the last context block of each level.
        context_kernel: of the context's gate and merge.
        conditioned_decoder: pose and expression coefficients modulate the coarsest level.
        decoder_motion: channels of both motion estimators' features that the decoder is shown at all levels
            but the finest, so that it knows where the face is to be before it paints; 0: none.
        blends_photo: the output is the warped photo where alpha says so, paint elsewhere; else all paint.
        person_hourglass: of the network that finds the person in the photo. Person and background are then
            drawn apart: what moves stands before the photo's own background, which doesn't. None: one layer.
        reconstructor: the network holds R; else pose and expression come from fitted landmarks.
        discriminator: channels of the discriminators' first layer.
    """

    name: str
    image_size: int
    finest: int
    levels: tuple[int, ...]
    norm: NormName
    motion_size: int
    learned_landmarks: int
    predefined_landmarks: int
    similarity_first: bool
    keypoint_hourglass: HourglassWidths
    motion_hourglass: HourglassWidths
    kernel: int
    blends_flows: bool
    encoder_blocks: tuple[int, ...]
    alignment_blocks: tuple[int, ...]
    context_blocks: tuple[int, ...]
    context_hidden: tuple[int, ...]
    context_kernel: int
    decoder_blocks: tuple[int, ...]
    conditioned_decoder: bool
    decoder_motion: int
    blends_photo: bool
    person_hourglass: HourglassWidths | None
    reconstructor: bool
    discriminator: int

    @property
    def layered(self) -> bool:
        """Whether person and background are drawn apart."""
        return self.person_hourglass is not None

    @classmethod
    def preset(cls, name: PresetName) -> "NetworkConfig":
        """``full`` has the paper's size, ``lite`` runs on a laptop's processor."""
        return _FULL if name == "full" else _LITE


_LITE = NetworkConfig(
    name="lite",
    image_size=256,
    finest=128,
    levels=(32, 64, 128),
    norm="batch_after",
    motion_size=64,
    learned_landmarks=11,
    predefined_landmarks=0,
    similarity_first=True,
    keypoint_hourglass=HourglassWidths(base=16, most=96, depth=4),
    motion_hourglass=HourglassWidths(base=32, most=128, depth=4),
    kernel=3,
    blends_flows=True,
    encoder_blocks=(0, 1, 1),
    alignment_blocks=(0, 0, 0),
    context_blocks=(-1, -1, 0),
    context_hidden=(0, 0, 0),
    context_kernel=1,
    decoder_blocks=(0, 1, 3),
    conditioned_decoder=True,
    decoder_motion=48,
    blends_photo=True,
    person_hourglass=HourglassWidths(base=16, most=128, depth=5),
    reconstructor=False,
    discriminator=32,
)

_FULL = NetworkConfig(
    name="full",
    image_size=256,
    finest=256,
    levels=(64, 128, 256),
    norm="batch",
    motion_size=64,
    learned_landmarks=15,
    predefined_landmarks=68,
    similarity_first=False,
    keypoint_hourglass=HourglassWidths(base=32, most=1024, depth=5),
    motion_hourglass=HourglassWidths(base=64, most=1040, depth=5),
    kernel=7,
    blends_flows=False,
    encoder_blocks=(0, 0, 0),
    alignment_blocks=(5, 5, 7),
    context_blocks=(5, 7, 10),
    context_hidden=(72, 128, 288),
    context_kernel=3,
    decoder_blocks=(5, 5, 13),
    conditioned_decoder=False,
    decoder_motion=0,
    blends_photo=False,
    person_hourglass=None,
    reconstructor=True,
    discriminator=64,
)
