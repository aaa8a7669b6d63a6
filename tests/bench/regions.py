"""Where reconstructed frames differ from the driving ones: in the face, the rest of the person, or behind.

Run by hand: ``python tests/bench/regions.py INPUTS OUT [OUT ...] --segmenter FILE`` with
INPUTS/<name>/source.png and driving.mkv, and OUT/<name>.mkv of ``published.py`` or of others, for every name
that begins with recon. Prints for each region its share of the picture and what it adds to the frame's mean
squared (1e-4) and absolute (1e-3) error: the sums over the regions are the frame's. A region is one of the
driving frame; *uncovered* is background where the photo shows the person.
"""

import argparse
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.mattes import PersonSegmenter
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

EVERY = 8
HEAD_REACH = 1.1
"""Widths of the face, left and right of its middle, that count as head above the chin."""


def main() -> None:
    """Print a table for every folder of outputs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("inputs", type=Path)
    parser.add_argument("out", type=Path, nargs="+")
    parser.add_argument("--segmenter", type=Path, required=True)
    chosen = parser.parse_args()
    segmenter, model = PersonSegmenter(chosen.segmenter), FaceModel.load()
    errors: dict[Path, list[dict[str, tuple[float, float, float]]]] = {out: [] for out in chosen.out}
    with FaceDetector("image") as detector:
        for folder in sorted(path.parent for path in chosen.inputs.glob("recon*/driving.mkv")):
            photo = np.asarray(cv2.imread(str(folder / "source.png"), cv2.IMREAD_COLOR_RGB), np.uint8)
            person_in_photo = segmenter.matte(photo) > 127
            driving = frames(folder / "driving.mkv")
            outputs = {out: frames(out / f"{folder.name}.mkv") for out in chosen.out}
            for moment, target in list(enumerate(driving))[2::EVERY]:
                found = regions(target, person_in_photo, segmenter, detector, model)
                for out, drawn in outputs.items():
                    errors[out].append(shares(drawn[moment], target, found))
    for out, all_frames in errors.items():
        print(out)
        for name in all_frames[0]:
            area, squared, absolute = np.mean([frame[name] for frame in all_frames], axis=0)
            print(
                f"  {name:22} area {area:.2f}  squared {1e4 * squared:5.1f}  absolute {1e3 * absolute:5.1f}"
            )


def frames(path: Path) -> list[Picture]:
    """All pictures of a video, RGB."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def regions(
    target: Picture,
    person_in_photo: Mask,
    segmenter: PersonSegmenter,
    detector: FaceDetector,
    model: FaceModel,
) -> dict[str, Mask]:
    """Masks by name that share out the picture; no face: only the last three."""
    person = segmenter.matte(target) > 127
    face, head = np.zeros_like(person), np.zeros_like(person)
    for found in detector.detect(target)[:1]:
        oval = found.landmarks[model.contours.face_oval, :2]
        filled = cv2.fillPoly(np.zeros(person.shape, np.uint8), [oval.round().astype(np.int32)], 1)
        face = np.asarray(filled > 0)
        rows, columns = np.indices(person.shape)
        reach = HEAD_REACH * np.ptp(oval[:, 0])
        near = np.abs(columns - oval[:, 0].mean()) < reach
        head = person & ~face & near & (rows < oval[:, 1].max())
    behind = ~person & ~face
    return {
        "face": face,
        "hair, ears and neck": head,
        "body": person & ~face & ~head,
        "background": behind & ~person_in_photo,
        "uncovered background": behind & person_in_photo,
    }


def shares(drawn: Picture, target: Picture, found: dict[str, Mask]) -> dict[str, tuple[float, float, float]]:
    """Area, squared and absolute error of each region, as shares of the whole picture."""
    difference = (drawn.astype(np.float64) - target) / 255
    squared, absolute = (difference**2).mean(2), np.abs(difference).mean(2)
    return {
        name: (float(mask.mean()), float((squared * mask).mean()), float((absolute * mask).mean()))
        for name, mask in found.items()
    }


if __name__ == "__main__":
    main()
