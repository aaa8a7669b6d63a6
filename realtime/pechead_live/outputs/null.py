"""An output that shows nothing: for measuring, and for trying a camera."""

from pechead_live.frames import Image
from pechead_live.outputs.base import Output


class NullOutput(Output):
    """Takes frames at its rate and drops them."""

    name = "none"

    def __init__(self, size: tuple[int, int], frames_per_second: float) -> None:
        self.size = size
        self.frames_per_second = frames_per_second

    def send(self, image: Image, at: float) -> None:
        pass

    def close(self) -> None:
        pass
