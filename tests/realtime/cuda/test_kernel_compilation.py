"""The kernels compile for every GPU that they are meant for, by the compiler that CuPy uses."""

import re

import pytest

from pechead_live.cuda.kernel_source import ARCHITECTURES, OPTIONS, kernel_source

nvrtc = pytest.importorskip(
    "cuda.bindings.nvrtc", reason="NVRTC is not installed; it comes with PyTorch's CUDA builds"
)
KERNEL = re.compile(r'extern "C" __global__ void (\w+)\(')


def compiled(architecture: str) -> bytes:
    """The machine code of all kernels."""
    status, program = nvrtc.nvrtcCreateProgram(kernel_source().encode(), b"kernels.cu", 0, [], [])
    assert status == nvrtc.nvrtcResult.NVRTC_SUCCESS
    options = [option.encode() for option in (f"--gpu-architecture={architecture}", *OPTIONS)]
    (status,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
    _, log_size = nvrtc.nvrtcGetProgramLogSize(program)
    log = bytearray(log_size)
    nvrtc.nvrtcGetProgramLog(program, log)
    assert status == nvrtc.nvrtcResult.NVRTC_SUCCESS, log.decode()
    _, size = nvrtc.nvrtcGetCUBINSize(program)
    code = bytearray(size)
    nvrtc.nvrtcGetCUBIN(program, code)
    nvrtc.nvrtcDestroyProgram(program)
    return bytes(code)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_kernels_compile(architecture: str) -> None:
    try:
        _, known = nvrtc.nvrtcGetSupportedArchs()
    except RuntimeError as error:
        pytest.skip(f"NVRTC can't be loaded: {error}")
    if int(architecture.removeprefix("sm_")) not in known:
        pytest.skip(f"this NVRTC knows no {architecture}")
    code = compiled(architecture)
    names = KERNEL.findall(kernel_source())
    assert len(names) == 13
    for name in names:
        assert name.encode() in code
