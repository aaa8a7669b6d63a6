"""The ``pechead-live`` command."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from rich.console import Console

from pechead.errors import CameraError, PecheadError
from pechead_live.console import make_console, say, set_up_logging
from pechead_live.controls.commands import command_lines
from pechead_live.process import interruption_by_signals, prepare_process
from pechead_live.settings import Settings, check

if TYPE_CHECKING:
    from pechead_live.cameras.names import CameraDevice

HELP = """Bring a photo to life: your face in front of a camera moves the face in the photo.

For instance:

`pechead-live --demo` writes a short clip, without camera or display.

`pechead-live --source me.png` sends the avatar to a virtual camera that meeting programs can choose.

`pechead-live --source me.png --camera talk.mp4 --offline --output avatar.mp4` animates with a video.

`pechead-live doctor` says what this computer has and what is missing.

While it runs these keys work, in the preview and in the terminal:

"""

INTERNAL_ERROR = 1
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; that of the process if None.

    Returns:
        the exit code: 0, 1 for an internal error, 2 for wrong usage, 130 if interrupted before anything was
        shown, otherwise that of the PecheadError.
    """
    started_at = time.perf_counter()
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = make_console()
    try:
        settings = parse(words or ["--help"])
    except UnusedCliTokensError as error:
        unused = " ".join(error.unused_tokens or ())
        return _fail(
            console, f"no option takes '{unused}' (a photo is named with --source PHOTO)", USAGE_ERROR
        )
    except CycloptsError as error:
        return _fail(console, f"{_first_line(error)} (pechead-live --help shows all options)", USAGE_ERROR)
    if settings is None:
        return 0
    if isinstance(settings, Examination):
        return _examine(settings, console)
    try:
        check(settings)
        prepare_process(settings.verbose)
        set_up_logging(console, settings.verbose)
        # Here, not above: these import the large libraries, which read what prepare_process has set.
        if settings.list_cameras:
            from pechead_live.cameras.names import list_cameras

            _show_cameras(list_cameras())
        else:
            # Outputs that are open while it starts or ends have to be given back too.
            with interruption_by_signals():
                from pechead_live.run import run

                run(settings, console, started_at)
    except PecheadError as error:
        return _fail(console, str(error), error.exit_code, settings.verbose)
    except KeyboardInterrupt:
        return _fail(console, "interrupted", INTERRUPTED, settings.verbose)
    except Exception as error:
        what = f"internal error ({type(error).__name__}: {_first_line(error)}): run again with --verbose"
        return _fail(console, what, INTERNAL_ERROR, settings.verbose)
    return 0


@dataclass(frozen=True)
class Examination:
    """What ``doctor`` is asked for.

    Attributes:
        json: findings for programs, not for people.
        verbose: let the native parts speak.
    """

    json: bool = False
    verbose: bool = False


def parse(words: Sequence[str]) -> Settings | Examination | None:
    """What a command line asks for; None if that was help or the version, which it then got.

    Raises:
        CycloptsError: it isn't understood.
    """
    keys = "\n".join(f"* {line}" for line in command_lines())
    app = App(
        name="pechead-live",
        usage="Usage: pechead-live --source PHOTO [OPTIONS]",
        help=HELP + keys,
        version=_version,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    app.default(_settings)
    app.command(_doctor, name="doctor")
    chosen = app(list(words), exit_on_error=False, print_error=False)
    return chosen if isinstance(chosen, Settings | Examination) else None


def _settings(settings: Annotated[Settings | None, Parameter(name="*")] = None) -> Settings:
    return settings or Settings()


def _doctor(*, json: bool = False, verbose: bool = False) -> Examination:
    """Say what this computer has, what is missing for a call, and the command that puts it right.

    Args:
        json: For programs.
        verbose: Let the libraries speak.
    """
    return Examination(json, verbose)


def _examine(asked: Examination, console: Console) -> int:
    prepare_process(asked.verbose)
    set_up_logging(console, asked.verbose)
    from pechead_live.clock import MonotonicClock
    from pechead_live.doctor.examination import as_json, examine, exit_code, lines, verdict
    from pechead_live.process import limit_opencv_threads

    limit_opencv_threads()
    findings = []
    try:
        for finding in examine(MonotonicClock()):
            findings.append(finding)
            if not asked.json:
                sys.stdout.write("\n".join([*lines(finding), ""]))
                sys.stdout.flush()
    except KeyboardInterrupt:
        return _fail(console, "interrupted", INTERRUPTED)
    sys.stdout.write((as_json(findings, _version()) if asked.json else verdict(findings)) + "\n")
    return exit_code(findings)


def _show_cameras(cameras: "Sequence[CameraDevice]") -> None:
    if not cameras:
        raise CameraError("no camera was found", "plug one in, and allow this program to use it")
    for camera in cameras:
        sys.stdout.write(f"{camera.number}  {camera.name}{f'  {camera.usb}' if camera.usb else ''}\n")


def _version() -> str:
    try:
        return installed_version("pechead-live")
    except PackageNotFoundError:
        return "not installed"


def _fail(console: Console, message: str, exit_code: int, verbose: bool = False) -> int:
    if verbose:
        console.print_exception()
    say(console, f"pechead-live: {message}", style="red")
    return exit_code


def _first_line(error: Exception) -> str:
    text = str(error).strip() or "no message"
    return text.splitlines()[0].rstrip(".")
