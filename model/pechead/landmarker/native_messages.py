"""Keeping a native library's start-up chatter off the terminal.

MediaPipe's C++ side writes information and warnings about itself straight to file descriptor 2 while a graph
is built (``XNNPACK delegate``, ``Feedback manager``); no environment variable holds them back.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HARMLESS = re.compile(r"(?:[IW]\d{4} |INFO: |WARNING: (?:All log messages|Logging) before )")
STANDARD_ERROR = 2


@contextmanager
def without_native_chatter() -> Iterator[None]:
    """Hold back what native code writes to standard error; pass on all but information and warnings.

    Lines come late but complete, also those that other threads write and those that lead up to an exception.
    """
    try:
        original = os.dup(STANDARD_ERROR)
    except OSError:
        # A program without a console has no standard error to keep clean.
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.flush()
            os.dup2(original, STANDARD_ERROR)
            os.close(original)
            held_back.seek(0)
            for line in held_back:
                if not is_harmless(line.decode(errors="replace")):
                    os.write(STANDARD_ERROR, line)


def is_harmless(line: str) -> bool:
    """Whether the line is information or a warning of the native logging, not an error nor anyone else's."""
    return HARMLESS.match(line) is not None
