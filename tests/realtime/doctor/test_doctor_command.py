"""``pechead-live doctor`` on the machine that runs the tests, whatever it has."""

import json

import pytest

from pechead_live.cli import main


def test_it_looks_at_everything_and_ends_with_the_code_that_it_tells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["doctor", "--json"])
    answer = capsys.readouterr()
    told = json.loads(answer.out)
    assert told["exit_code"] == code
    areas = list(dict.fromkeys(finding["area"] for finding in told["findings"]))
    assert areas == [
        "camera", "virtual camera", "display", "graphics card", "runtime", "model file", "speed"
    ]  # fmt: skip
    for finding in told["findings"]:
        assert finding["state"] in ("good", "optional", "bad")
        assert finding["state"] != "bad" or (finding["remedy"] and finding["exit_code"])
        assert "can't be looked at" not in finding["text"]
    assert "frame age" in told["findings"][-1]["text"]
    assert "ONNX Runtime" in answer.out
    assert answer.err == ""
