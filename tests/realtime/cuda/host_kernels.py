"""The kernels compiled for the processor: the same text, the same arithmetic, one thread after the other."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pechead_live.cuda.kernel_source import kernel_source

COMPILERS = ("g++", "clang++", "c++")
HEADER = Path(__file__).with_name("host_compiler.h")
KERNEL = re.compile(r'extern "C" __global__ void (\w+)\(')


def find_compiler() -> str | None:
    """The system's C++ compiler."""
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


class HostKernels:
    """Compiles all kernels into a shared library in a folder, and calls them."""

    def __init__(self, compiler: str, folder: Path) -> None:
        text = kernel_source()
        self.names = tuple(KERNEL.findall(text))
        launchers = "".join(f"LAUNCHER({name})\n" for name in self.names)
        code, library = folder / "kernels.cpp", folder / "kernels.so"
        code.write_text(f'#include "{HEADER}"\n{text}#line 1 "launchers"\n{launchers}', encoding="utf-8")
        options = ["-std=c++17", "-O2", "-Wall", "-Werror", "-shared", "-fPIC"]
        command = [compiler, *options, "-o", str(library), str(code)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        self._library = ctypes.CDLL(str(library))

    def launch(
        self,
        kernel: str,
        grid: tuple[int, int],
        block: tuple[int, int],
        arguments: Sequence[NDArray[Any] | np.int32 | np.float32],
    ) -> None:
        """Run a kernel's whole grid; arrays are its pointers."""
        values = [
            ctypes.c_void_p(argument.ctypes.data)
            if isinstance(argument, np.ndarray)
            else ctypes.c_int32(int(argument))
            if isinstance(argument, np.int32)
            else ctypes.c_float(float(argument))
            for argument in arguments
        ]
        pointers = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        self._library[f"launch_{kernel}"](*(ctypes.c_uint(side) for side in (*grid, *block)), pointers)
