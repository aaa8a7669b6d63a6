"""Run the command line over source photos and driving videos, as a comparison with published outputs does.

Run by hand: ``python tests/bench/published.py INPUTS OUT`` with INPUTS/<name>/source.png and
INPUTS/<name>/driving.mkv; writes OUT/<name>.mkv, one frame a driving frame, at the photo's size.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """Animate every source with its driving video, offline and absolute."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("inputs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--renderer", default="pechead")
    parser.add_argument("--precision", default="auto")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for folder in sorted(path.parent for path in chosen.inputs.glob("*/driving.mkv")):
        started = time.monotonic()
        command = [sys.executable, "-m", "pechead_live", "--source", str(folder / "source.png")]
        command += ["--camera", str(folder / "driving.mkv"), "--offline", "--motion", "absolute"]
        command += ["--crop", "whole", "--no-badge", "--yes", "--renderer", chosen.renderer]
        command += ["--precision", chosen.precision]
        command += ["--output", str(chosen.out / f"{folder.name}.mkv")]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        print(f"{folder.name}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
