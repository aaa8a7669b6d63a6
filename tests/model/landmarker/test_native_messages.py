"""What native code writes to standard error while a graph is built."""

import os

import pytest

from pechead.landmarker.native_messages import STANDARD_ERROR, is_harmless, without_native_chatter


def test_information_and_warnings_are_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with without_native_chatter():
        os.write(STANDARD_ERROR, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(STANDARD_ERROR, b"W0000 00:00:1.0 12 feedback.cc:114] Feedback manager\n")
    assert capfd.readouterr().err == ""


def test_errors_and_other_peoples_lines_come_through(capfd: pytest.CaptureFixture[str]) -> None:
    with without_native_chatter():
        os.write(STANDARD_ERROR, b"E0000 00:00:1.0 12 graph.cc:1] out of memory\n")
        os.write(STANDARD_ERROR, b"I0000 00:00:1.0 12 graph.cc:1] started\n")
        os.write(STANDARD_ERROR, b"someone else's line\n")
    assert capfd.readouterr().err == ("E0000 00:00:1.0 12 graph.cc:1] out of memory\nsomeone else's line\n")


def test_what_leads_up_to_an_exception_comes_through(capfd: pytest.CaptureFixture[str]) -> None:
    @without_native_chatter()
    def fail() -> None:
        os.write(STANDARD_ERROR, b"the cause\n")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert capfd.readouterr().err == "the cause\n"


def test_standard_error_works_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with without_native_chatter():
        pass
    os.write(STANDARD_ERROR, b"INFO: ours\n")
    assert capfd.readouterr().err == "INFO: ours\n"


@pytest.mark.parametrize("line", ["INFO is what I want", "Warning: disk full", "", "I am lost"])
def test_ordinary_lines_are_not_harmless_chatter(line: str) -> None:
    assert not is_harmless(line)
