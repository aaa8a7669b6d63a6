"""How the commands of the workshop run: one line of what went wrong, and an exit code."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError
from rich.console import Console

from pechead.errors import PecheadError

USAGE_ERROR = 2
INTERRUPTED = 130


def run_command(
    app: App, console: Console, arguments: Sequence[str] | None = None, interrupted: str = "interrupted"
) -> int:
    """Run a command; without arguments it shows its help.

    Args:
        app: the command; it is called by its name.
        console: for messages.
        arguments: the command line without the program's name; that of the process if None.
        interrupted: what to say at Ctrl-C.

    Returns:
        the exit code: 0, 2 for wrong usage, 130 if interrupted, otherwise that of the PecheadError.
    """
    name = app.name[0]
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(words or ["--help"], exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        message, code = f"{str(error).splitlines()[0]} ({name} --help shows all)", USAGE_ERROR
    except PecheadError as error:
        message, code = str(error), error.exit_code
    except KeyboardInterrupt:
        message, code = interrupted, INTERRUPTED
    else:
        return 0
    console.print(f"{name}: {message}", style="red", markup=False, soft_wrap=True)
    return code
