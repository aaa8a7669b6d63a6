"""Parameters and multiply-accumulates by module, counted with THOP as in the paper's table 1."""

from dataclasses import dataclass

import torch
from thop import profile
from torch import Tensor, nn

from pechead.face.model import LANDMARKS, SURFACE_POINTS
from pechead.network.alignment import Context
from pechead.network.config import COEFFICIENTS, FLOW_CELLS, NetworkConfig
from pechead.network.grids import identity_flow
from pechead.network.model import SUPPORT_MAPS, PECHead
from pechead.network.motion_input import FaceCondition, FaceMotion
from pechead.network.stages import Drawing, SourceFeatures


@dataclass(frozen=True)
class ModuleSize:
    """One module's share.

    Attributes:
        name: of the module.
        parameters: how many.
        operations: multiply-accumulates for one source and one driving frame.
        operations_per_frame: without what is computed once a photo.
    """

    name: str
    parameters: int
    operations: int
    operations_per_frame: int


def still_motion(batch: int = 1, device: str = "cpu") -> FaceMotion:
    """A motion of no motion, of the right shapes."""
    like = torch.zeros(batch, LANDMARKS, 2, device=device)
    condition = FaceCondition(
        coefficients=torch.zeros(batch, COEFFICIENTS, device=device),
        landmarks=like,
        facing=torch.ones(batch, SURFACE_POINTS, device=device),
    )
    flow = identity_flow(FLOW_CELLS, like).expand(batch, -1, -1, -1).repeat(1, 2, 1, 1)
    support = torch.ones(batch, SUPPORT_MAPS, FLOW_CELLS // 2, FLOW_CELLS // 2, device=device)
    return FaceMotion(condition, condition, flow, support)


class _Frame(nn.Module):
    """What a driving frame costs, the context of a frame before included."""

    def __init__(self, model: PECHead) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, source: SourceFeatures, motion: FaceMotion, context: Context) -> Drawing:
        if self.model.reconstructor is not None:
            self.model.reconstructor(image)
        return self.model.drive(source, motion, context)


class _Photo(nn.Module):
    """What a photo costs."""

    def __init__(self, model: PECHead) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, motion: FaceMotion) -> SourceFeatures:
        if self.model.reconstructor is not None:
            self.model.reconstructor(image)
        return self.model.encode_source(image, motion.source)


def module_sizes(config: NetworkConfig) -> list[ModuleSize]:
    """The size of each module; computed on shapes alone, so that it takes a second.

    Args:
        config: the size to count.
    """
    with torch.device("meta"):
        model = PECHead(config)
    model = model.to("meta").eval()
    image = torch.empty(1, 3, config.image_size, config.image_size, device="meta")
    motion = still_motion(device="meta")
    with torch.no_grad():
        source = model.encode_source(image, motion.source)
        context = model.drive(source, motion).context
        frame = _operations(_Frame(model), (image, source, motion, context))
        photo = _operations(_Photo(model), (image, motion))
    sizes = []
    for name, module in model.named_children():
        parameters = sum(weights.numel() for weights in module.parameters())
        if parameters:
            once, each = photo.get(name, 0), frame.get(name, 0)
            sizes.append(ModuleSize(name, parameters, once + each, each))
    return sizes


def _operations(part: nn.Module, inputs: tuple[object, ...]) -> dict[str, int]:
    counted = profile(part, inputs, verbose=False, ret_layer_info=True)[2]
    return {name: round(values[0]) for name, values in counted["model"][2].items()}
