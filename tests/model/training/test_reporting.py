"""What a person sees of a run."""

import sys
from pathlib import Path

import cv2
import pytest
import torch

from pechead.training.reporting import Reporter, contact_sheet


def test_a_line_has_means_since_the_line_before(tmp_path: Path) -> None:
    lines: list[str] = []
    reporter = Reporter(tmp_path, lines.append, batch_size=4)
    reporter.add({"pixel": 0.2, "paint": 1.0}, waited=0.0)
    reporter.add({"pixel": 0.4}, waited=0.0)
    reporter.flush(2, rate=1e-4)
    reporter.add({"pixel": 0.7}, waited=0.0)
    reporter.flush(3, rate=1e-4)
    reporter.flush(3, rate=1e-4)
    reporter.close()
    assert len(lines) == 2
    assert "pixel 0.3 paint 1" in lines[0]
    assert "rate 1.00e-04" in lines[0]
    assert lines[1].endswith("pixel 0.7")
    assert [line.split("  ", 1)[1] for line in (tmp_path / "log.txt").read_text().splitlines()] == lines


def test_a_contact_sheet_has_a_row_a_pair() -> None:
    colour, grey = torch.rand(3, 4, 5), torch.full((1, 4, 5), 0.5)
    sheet = contact_sheet([[colour, grey], [grey, colour], [grey, grey]])
    assert sheet.shape == (3, 12, 10)
    assert torch.equal(sheet[:, :4, :5], colour)
    assert torch.equal(sheet[:, 4:8, 5:], colour)
    assert (sheet[:, 8:] == 0.5).all()


def test_a_contact_sheet_is_kept_as_a_picture(tmp_path: Path) -> None:
    reporter = Reporter(tmp_path, print, batch_size=1)
    sheet = torch.zeros(3, 8, 8)
    sheet[0] = 1.0
    reporter.sheet(sheet, 12)
    reporter.close()
    for name in ("newest.png", "step-00000012.png"):
        picture = cv2.imread(str(tmp_path / "sheets" / name))
        assert picture is not None
        assert picture[4, 4].tolist() == [0, 0, 255]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_full_disk_does_not_stop_the_training(tmp_path: Path) -> None:
    import resource

    lines: list[str] = []
    reporter = Reporter(tmp_path, lines.append, batch_size=1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    try:
        reporter.say("x" * 100_000)
        reporter.sheet(torch.rand(3, 400, 400), 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert lines[0] == "x" * 100_000
    assert lines[1].startswith("the log can't be written")
    assert any(line.startswith("the contact sheet can't be written") for line in lines)
    reporter.close()
