"""Speaking to the user: on standard error throughout, because standard output may carry raw frames."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text


def make_console() -> Console:
    """A console on standard error."""
    return Console(stderr=True, highlight=False)


def say(console: Console, line: str, style: str = "") -> None:
    """Print one line as it is, however long it is."""
    console.print(line, style=style, markup=False, soft_wrap=True)


def set_up_logging(console: Console, verbose: bool) -> None:
    """Send our log to the console: warnings, or everything with where and when it was said.

    Args:
        console: the one that also carries progress and status, so that lines don't cut each other.
        verbose: everything.
    """
    handler = RichHandler(console=console) if verbose else _OneLine(console)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for package in ("pechead", "pechead_live"):
        logger = logging.getLogger(package)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    if not verbose:
        # MediaPipe brings it, and at the very first start it tells of its font cache.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)


class _OneLine(logging.Handler):
    """Says each message as one line, however narrow the terminal: it may be a file."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        try:
            say(self._console, self.format(record), style="yellow")
        except Exception:
            self.handleError(record)


def question(console: Console) -> Callable[[str], str] | None:
    """What puts a question to the user and returns the answer, empty if there is none; None without a
    terminal."""
    if not (sys.stdin is not None and sys.stdin.isatty() and console.is_terminal):
        return None

    def ask(text: str) -> str:
        try:
            return console.input(text, markup=False)
        except EOFError:
            return ""

    return ask


@contextmanager
def status(console: Console, line: Callable[[], str]) -> Iterator[None]:
    """Keep one line up to date while the block runs; nothing where the console is no terminal."""
    if not console.is_terminal:
        yield
        return
    with Live(
        get_renderable=lambda: Text(line(), overflow="ellipsis", no_wrap=True),
        console=console,
        refresh_per_second=2,
        transient=True,
    ):
        yield


@contextmanager
def progress_bar(console: Console, what: str) -> Iterator[Callable[[], None]]:
    """Show how many frames are done while the block runs.

    Args:
        console: nothing is shown where it is no terminal.
        what: named beside the bar.

    Yields:
        what to call after each frame.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda: progress.advance(task)
