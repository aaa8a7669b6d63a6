"""Persons and backgrounds, with the real segmenter where there is one."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.data.cli import main
from pechead.data.mattes import PersonSegmenter
from pechead.data.reading import read_clips, shards_at

SEGMENTER = os.environ.get("PECHEAD_SEGMENTER", "")
needs_segmenter = pytest.mark.skipif(
    not SEGMENTER, reason="PECHEAD_SEGMENTER doesn't name MediaPipe's selfie_segmentation.tflite"
)


@needs_segmenter
def test_the_portrait_is_told_from_its_background(portrait_photo: NDArray[np.uint8]) -> None:
    matte = PersonSegmenter(Path(SEGMENTER)).matte(portrait_photo)
    assert matte.shape == portrait_photo.shape[:2]
    assert matte[100:140, 210:250].min() > 250
    assert matte[:40, 300:340].max() < 5


@needs_segmenter
def test_prepared_clips_carry_mattes(data_folder: Path, tmp_path: Path) -> None:
    command = ["prepare", str(data_folder), "--output", str(tmp_path), "--size", "128", "--processes", "1"]
    assert main([*command, "--segmenter", SEGMENTER]) == 0
    clips = list(read_clips(shards_at(tmp_path)))
    assert [len(clip.mattes) for clip in clips] == [len(clip) for clip in clips]


@pytest.mark.parametrize("content", [None, b"TFL3 nothing of the kind"])
def test_a_file_that_is_no_segmenter_is_told_in_one_line(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "person.tflite"
    if content is not None:
        file.write_bytes(content)
    command = ["prepare", str(data_folder), "--output", str(tmp_path / "out"), "--segmenter", str(file)]
    assert main(command) == 7
    said = capsys.readouterr().err
    assert str(file) in said.replace("\n", "")
    assert "selfie_segmentation.tflite" in said.replace("\n", "")
    assert "Traceback" not in said
