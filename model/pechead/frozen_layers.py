"""Layers of a network that is never trained, with backward passes that are quick on a processor.

Only the gradient to the input is needed, and it can be had from forward convolutions with the kernels turned
round, which are several times as fast there as the library's gradients of strided depthwise convolutions.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input
from torch.nn.utils.fusion import fuse_conv_bn_eval

LAYOUT = torch.channels_last
CEILING = 6.0


class FrozenConvolution(nn.Module):
    """A convolution, its batch norm folded in, and ReLU6 if asked for; padded so that the size stays.

    Args:
        weight: (outputs, inputs / groups, k, k).
        bias: (outputs,).
        stride: 1 or 2.
        groups: 1 or the number of inputs.
        clips: whether ReLU6 follows.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, groups: int, clips: bool) -> None:
        super().__init__()
        self.register_buffer("weight", weight.contiguous(memory_format=LAYOUT), persistent=False)
        self.register_buffer("bias", bias, persistent=False)
        self.stride, self.groups, self._clips = stride, groups, clips
        self.inputs, self.outputs = weight.shape[1] * groups, weight.shape[0]

    @classmethod
    def folded(cls, convolution: nn.Conv2d, norm: nn.BatchNorm2d, clips: bool) -> "FrozenConvolution":
        """A convolution and the batch norm behind it, which is in evaluation mode."""
        fused = fuse_conv_bn_eval(convolution.eval(), norm)
        assert fused.bias is not None
        return cls(fused.weight.detach(), fused.bias.detach(), fused.stride[0], fused.groups, clips)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, h / stride, w / stride), in the precision of the input."""
        weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
        result: Tensor = _Convolve.apply(x, weight, bias, self.stride, self.groups, self._clips)
        return result


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, groups: int, clips: bool
    ) -> Tensor:
        y = F.conv2d(x, weight, bias, stride, weight.shape[-1] // 2, 1, groups)
        if clips:
            y.clamp_(0, CEILING)
        context.save_for_backward(weight, y if clips else None)
        context.stride, context.groups, context.shape = stride, groups, x.shape
        return y

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, clipped = context.saved_tensors
        stride, groups = context.stride, context.groups
        gradient = gradient.contiguous(memory_format=LAYOUT)
        if clipped is not None:
            gradient = torch.ops.aten.hardtanh_backward(gradient, clipped, 0.0, CEILING)
        middle = weight.shape[-1] // 2
        if stride > 1 and groups == 1:
            to_input = conv2d_input(context.shape, weight, gradient, stride, middle)  # type: ignore[no-untyped-call]
            return to_input, None, None, None, None, None
        if stride > 1:
            spaced = torch.empty(
                context.shape, dtype=gradient.dtype, device=gradient.device, memory_format=LAYOUT
            ).zero_()
            spaced[:, :, ::stride, ::stride] = gradient
            gradient = spaced
        turned = weight.flip(2, 3) if groups > 1 else weight.flip(2, 3).transpose(0, 1)
        turned = turned.contiguous(memory_format=LAYOUT)
        to_input = F.conv2d(gradient, turned, None, 1, middle, 1, groups)
        return to_input, None, None, None, None, None


def mean_absolute_difference(found: Tensor, sought: Tensor, relative: bool) -> Tensor:
    """Mean of ``|found - sought|``, a scalar of single precision; a gradient to ``found`` alone.

    Args:
        found, sought: of one shape, any precision.
        relative: divided by the mean of ``|sought|``.
    """
    result: Tensor = _MeanAbsoluteDifference.apply(found, sought, relative)
    return result


class _MeanAbsoluteDifference(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, found: Tensor, sought: Tensor, relative: bool) -> Tensor:
        difference = found - sought
        share = torch.full((), 1 / difference.numel(), device=found.device)
        if relative:
            share = share / (sought.abs().mean(dtype=torch.float32) + 1e-3)
        context.save_for_backward(difference.sign(), share)
        return difference.abs_().sum(dtype=torch.float32) * share

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        sign, share = context.saved_tensors
        return sign * (gradient * share).to(sign.dtype), None, None
