"""What is settled before the large libraries are loaded, so that stages don't fight for the cores."""

import os
import subprocess
import sys

import pytest

from pechead_live.process import QUIET, SHARED_CORES, prepare_process


def told_by(script: str) -> list[str]:
    """The words that a script prints in a process of its own."""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return result.stdout.split()


def test_the_command_line_is_read_before_any_large_library_is_loaded() -> None:
    script = (
        "import sys, pechead_live.cli\n"
        "print(*({'numpy', 'cv2', 'av', 'PIL', 'mediapipe', 'onnxruntime'} & set(sys.modules)))"
    )
    assert told_by(script) == []


def test_a_run_keeps_its_libraries_from_spinning_and_from_using_every_core() -> None:
    script = (
        "import os\n"
        f"for name in {list(SHARED_CORES)}: os.environ.pop(name, None)\n"
        "from pechead_live.cli import main\n"
        "assert main(['--demo', '--offline', '--duration', '0.1', '--output', 'none']) == 0\n"
        "import cv2\n"
        "print(cv2.getNumThreads(), os.environ['OMP_WAIT_POLICY'], os.environ['OPENBLAS_NUM_THREADS'])\n"
    )
    assert told_by(script) == ["1", "passive", "1"]


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SHARED_CORES, *QUIET):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    prepare_process(verbose=True)
    assert os.environ["OMP_NUM_THREADS"] == "4"
    assert os.environ["OMP_WAIT_POLICY"] == "passive"
    assert not set(QUIET) & set(os.environ), "the native parts may speak"
