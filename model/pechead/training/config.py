"""The recipe of a training run: frozen dataclasses, read from YAML."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from pechead.errors import SettingsError
from pechead.network.config import NetworkConfig, PresetName
from pechead.perceptual import FeatureName

Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
ScheduleName = Literal["constant", "cosine", "one_cycle"]


class _Strict:
    """Unknown keys and values of another kind are errors."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=False)


@dataclass(frozen=True)
class DataConfig(_Strict):
    """What samples are like.

    Attributes:
        frames: T, driving frames of a sample.
        batch_size: samples of a step, over all devices.
        workers: processes of each device that make samples.
        held_out, held_out_share: people for validation by name, and the share of all others; if neither is
            given, ``choose_held_out`` chooses.
        still_share, album_share: of the samples that are moved stills, and two photos of one sitting.
    """

    frames: AtLeastOne = 1
    batch_size: AtLeastOne = 8
    workers: Count = 1
    held_out: tuple[str, ...] = ()
    held_out_share: Share = 0.0
    still_share: Share = 0.25
    album_share: Share = 0.0


@dataclass(frozen=True)
class LossWeights(_Strict):
    """Weights of the losses; 0 leaves one out.

    Attributes:
        pixel, perceptual, spread, equivariance, warping, adversarial: the paper's lambda p, v, k, e, w, G.
        landmarks: ours: of the flow at the face's landmarks, which are known in both views.
        blended_warp, warped_perceptual: ours: pixel and perceptual loss of the moved photo.
        paint, paint_perceptual: ours: pixel and perceptual loss of the paint alone where the warp fails.
        blend: ours: of showing the warped photo where the paint is better.
        person: ours: of the matte in the photo, and in the driving frame. Losses of what moves are then
            taken on the person.
        emphasised: ours: whether mouth and eyes count more in the pixel loss.
        warping_reduction: ours: by how much pictures are reduced for the warping loss; a power of 2.
        equivariance_share: ours: share of the batch, in its order, that the equivariance loss is taken of.
    """

    pixel: Weight = 10.0
    perceptual: Weight = 10.0
    spread: Weight = 1.0
    equivariance: Weight = 10.0
    warping: Weight = 5.0
    adversarial: Weight = 1.0
    landmarks: Weight = 0.0
    blended_warp: Weight = 0.0
    warped_perceptual: Weight = 0.0
    paint: Weight = 0.0
    paint_perceptual: Weight = 0.0
    blend: Weight = 0.0
    person: Weight = 0.0
    emphasised: bool = False
    warping_reduction: AtLeastOne = 1
    equivariance_share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @property
    def motion_alone(self) -> bool:
        """Whether no loss looks at what is painted."""
        drawn = (self.pixel, self.perceptual, self.adversarial, self.paint, self.paint_perceptual, self.blend)
        return not any(drawn)


@dataclass(frozen=True)
class PerceptualConfig(_Strict):
    """How pictures are compared by features.

    Attributes:
        features: the network that gives them.
        scales: by how much pictures are reduced, each time; powers of 2.
        window: pixels of a side of the window, at a random place each step, to which the comparison at full
            size is confined; 0: the whole picture.
        region_weight: of mouth and eyes, enlarged, beside the picture; 0: leave them out.
    """

    features: FeatureName = "efficientnet_lite0"
    scales: tuple[AtLeastOne, ...] = (1, 2)
    window: Count = 0
    region_weight: Weight = 0.0


@dataclass(frozen=True)
class AdversaryConfig(_Strict):
    """When and how the discriminators take part.

    Attributes:
        first_step: from which they learn.
        warm_up_steps: from then on until the generator feels them fully.
        every: steps from one of their updates to the next.
        learning_rate: theirs, as a multiple of the generator's.
        beta1: of their AdamW.
        window: pixels of a side of the window, at a random place each step, that they look through; 0: all.
    """

    first_step: Count = 0
    warm_up_steps: Count = 0
    every: AtLeastOne = 1
    learning_rate: Positive = 1.0
    beta1: Share = 0.9
    window: Count = 0


@dataclass(frozen=True)
class OptimiserConfig(_Strict):
    """AdamW and its learning rate.

    Attributes:
        learning_rate: the greatest.
        betas: of AdamW.
        weight_decay: of AdamW.
        clip_norm: longest gradient of each part of the network, so that none drowns the others; 0: any.
        schedule: ``constant`` after the warm-up; ``cosine`` from there to ``least_rate``; ``one_cycle``: from
            ``base_rate`` up and down again, the paper's.
        warm_up_steps: from 0 to the greatest, ``constant`` and ``cosine``.
        total_steps: of ``cosine`` and ``one_cycle``; 0: from ``epochs``.
        epochs: passes over the training clips, one sample a clip.
        base_rate: of ``one_cycle``.
        least_rate: of ``cosine``, as a share of the greatest.
        frozen: parts of the network, by their names in ``PECHead``, that stay as they are.
    """

    learning_rate: Positive = 4e-4
    betas: tuple[Share, Share] = (0.9, 0.999)
    weight_decay: Weight = 0.01
    clip_norm: Weight = 1.0
    schedule: ScheduleName = "constant"
    warm_up_steps: Count = 0
    total_steps: Count = 0
    epochs: Count = 0
    base_rate: Positive = 1e-4
    least_rate: Share = 0.01
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunConfig(_Strict):
    """How the program works.

    Attributes:
        precision: as Lightning Fabric calls it.
        threads: of the processor; 0: PyTorch's choice.
        compile: with ``torch.compile``.
        seed: of the initial weights and the order of samples.
        averaging: decay of the moving average of the weights; 0 takes the weights as they are.
        report_steps: steps from one line of figures to the next.
        checkpoint_minutes, validation_minutes: from one to the next.
        validation_pairs: the same ones every time.
        keep_checkpoints: the newest; the best is kept besides.
        patience: steps with infinite or undefined gradients in a row after which training stops.
    """

    precision: Precision = "bf16-mixed"
    threads: Count = 0
    compile: bool = False
    seed: Count = 0
    averaging: Share = 0.999
    report_steps: AtLeastOne = 50
    checkpoint_minutes: Positive = 10.0
    validation_minutes: Positive = 30.0
    validation_pairs: AtLeastOne = 64
    keep_checkpoints: AtLeastOne = 2
    patience: AtLeastOne = 10


@dataclass(frozen=True)
class TrainingConfig(_Strict):
    """All of it.

    Attributes:
        network: preset of ``NetworkConfig``.
    """

    network: PresetName
    data: DataConfig = field(default_factory=DataConfig)
    losses: LossWeights = field(default_factory=LossWeights)
    perceptual: PerceptualConfig = field(default_factory=PerceptualConfig)
    adversary: AdversaryConfig = field(default_factory=AdversaryConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as in YAML."""
        return asdict(self)


def load_config(name: str, changes: Sequence[str] = ()) -> TrainingConfig:
    """Read a recipe.

    Args:
        name: of a YAML file, or ``lite`` or ``full`` (also ``lite.yaml``): those come with the package.
        changes: ``section.key=value`` each, the value as in YAML.

    Raises:
        SettingsError: there is no such file, it is not YAML, or a key or value in it is unknown.
    """
    values = _read(name)
    for change in changes:
        _apply(values, change)
    return parse_config(values, name)


def parse_config(values: Mapping[str, Any], name: str) -> TrainingConfig:
    """Check plain values.

    Args:
        values: sections by name.
        name: what messages call them.

    Raises:
        SettingsError: a key or value is unknown.
    """
    try:
        config = TypeAdapter(TrainingConfig).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            reason = "unknown key"
        else:
            reason = f"{first['msg'][:1].lower()}{first['msg'][1:]}, got {first['input']!r}"
        raise SettingsError(
            f"{name}: {place}: {reason}", "see docs/training.md for keys and values"
        ) from error
    if config.losses.person and not NetworkConfig.preset(config.network).layered:
        raise SettingsError(
            f"{name}: losses.person: the network {config.network} does not tell person and background apart",
            "set losses.person to 0, or choose network lite",
        )
    needs_end = config.optimiser.schedule != "constant"
    if needs_end and not (config.optimiser.total_steps or config.optimiser.epochs):
        raise SettingsError(
            f"{name}: the schedule {config.optimiser.schedule} has no end",
            "set optimiser.total_steps or optimiser.epochs",
        )
    return config


def _read(name: str) -> dict[str, Any]:
    path = Path(name)
    if path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        own = files("pechead.training") / "configs" / f"{path.name.removesuffix('.yaml')}.yaml"
        if not own.is_file():
            raise SettingsError(f"no such config: {name}", "give a YAML file, or lite or full")
        text = own.read_text(encoding="utf-8")
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise SettingsError(f"{name} is not YAML ({where})", "correct the line") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{name} holds no sections", "see docs/training.md for keys and values")
    return values


def _apply(values: dict[str, Any], change: str) -> None:
    place, found, text = change.partition("=")
    *sections, key = place.split(".")
    if not found or not key:
        raise SettingsError(f"{change} is not section.key=value", "write for instance data.batch_size=4")
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{change}: {section} is no section", "see docs/training.md")
        values = inner
    values[key] = yaml.safe_load(text)


def changed_keys(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """``section.key: old -> new`` for what differs between two recipes."""
    changes = []
    for section, values in now.items():
        old = before.get(section)
        if isinstance(values, Mapping) and isinstance(old, Mapping):
            changes += [
                f"{section}.{key}: {old.get(key)} -> {value}"
                for key, value in values.items()
                if old.get(key) != value
            ]
    return changes
