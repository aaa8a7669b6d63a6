"""The driving motion of the demo."""

from pathlib import Path

from pechead_live.motion.recording import Recording, load_recording

MOTION_FILE = Path(__file__).with_name("motion.npz")
"""Written by ``python -m pechead_live.demo.author``: ten seconds of coefficients that loop without a seam."""


def demo_motion() -> Recording:
    """The recording that ships with the package.

    Raises:
        CameraError: the installation is damaged.
    """
    return load_recording(MOTION_FILE)
