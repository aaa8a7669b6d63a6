"""The kernels' text, as every compiler gets it."""

from pathlib import Path

FOLDER = Path(__file__).with_name("kernels")
FIRST = "sampling.cu"
OPTIONS = ("--std=c++17",)
"""Of NVRTC."""

ARCHITECTURES = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120")
"""Turing to Blackwell: what the kernels are compiled for in the tests."""


def kernel_source() -> str:
    """All files of ``kernels/`` as one without includes, so that no cache keyed on the text goes stale."""
    others = sorted(path for path in FOLDER.glob("*.cu") if path.name != FIRST)
    return "".join(
        f'#line 1 "{path.name}"\n{path.read_text(encoding="utf-8")}' for path in (FOLDER / FIRST, *others)
    )
