"""TensorRT-RTX and TensorRT, two libraries of one interface, imported when they are asked for."""

import importlib
import logging
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from pechead_engines.engine import Missing
from pechead_engines.errors import EngineError

TensorRTName = Literal["tensorrt-rtx", "tensorrt"]
TENSORRT_NAMES: tuple[TensorRTName, ...] = get_args(TensorRTName)

MODULES: dict[TensorRTName, tuple[str, ...]] = {
    # The bindings are all there is to TensorRT-RTX where its metapackage is not installed.
    "tensorrt-rtx": ("tensorrt_rtx", "tensorrt_rtx_bindings"),
    "tensorrt": ("tensorrt",),
}
INSTALL: dict[TensorRTName, str] = {
    "tensorrt-rtx": 'pip install "pechead-live[gpu]"',
    "tensorrt": "pip install tensorrt --extra-index-url https://pypi.nvidia.com",
}
OLDEST: dict[TensorRTName, tuple[int, ...]] = {"tensorrt-rtx": (1, 4), "tensorrt": (10, 12)}
"""The first that have all we use: strong typing, and for TensorRT-RTX builds without a GPU."""

CALLER = re.compile(r"^.*?Error Code \d+: [^(]*\(")
PLACE = re.compile(r"\bIn .*? at \S+:\d+")
"""In the library's own source."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Library:
    """One of the two.

    Attributes:
        name: as ``--engine`` and ``--runtime`` call it.
        api: its module.
        version: of the library.
        log: where its native parts write; a process can have only one.
    """

    name: TensorRTName
    api: Any
    version: str
    log: Any

    def __str__(self) -> str:
        return f"{'TensorRT-RTX' if self.name == 'tensorrt-rtx' else 'TensorRT'} {self.version}"

    @property
    def capabilities(self) -> tuple[str, ...]:
        """Of cards that engines can be built for without having one, as ``8.9``; TensorRT has none."""
        if self.name != "tensorrt-rtx":
            return ()
        names = self.api.ComputeCapability.__members__
        digits = sorted(int(name[2:]) for name in names if name.startswith("SM"))
        return tuple(f"{number // 10}.{number % 10}" for number in digits)

    def complaint(self) -> str:
        """The first error that the native parts have written since the last call, in one line."""
        return plain_reason(self.log.first_error() or "no reason given")


@cache
def load_library(name: TensorRTName) -> Library:
    """Import one of the two; the same object each time.

    Raises:
        EngineError: it is not installed, too old, or its native parts can't be loaded.
    """
    api = _imported(name)
    numbers = tuple(int(part) for part in api.__version__.split(".")[:2])
    if numbers < OLDEST[name]:
        oldest = ".".join(str(part) for part in OLDEST[name])
        raise EngineError(f"{name} {api.__version__} is older than {oldest}", INSTALL[name])
    return Library(name, api, api.__version__, _log(api))


def plain_reason(text: str) -> str:
    """What an error of the native parts says, without where in their source it was said."""
    return PLACE.sub("", CALLER.sub("", text)).strip(" ().") or text


def library_missing(name: TensorRTName) -> Missing | None:
    """Why a library can't be used on this machine; None if it can."""
    try:
        load_library(name)
    except EngineError as error:
        return Missing(error.happened, error.remedy)
    return None


def _imported(name: TensorRTName) -> Any:
    for module in MODULES[name]:
        try:
            api = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        except (ImportError, OSError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{name} can't be loaded ({reason})", INSTALL[name]) from error
        # A folder left behind by another package, such as type stubs, imports too.
        if hasattr(api, "Builder"):
            return api
    raise EngineError(f"{name} is not installed", INSTALL[name])


def _log(api: Any) -> Any:
    errors = (api.ILogger.Severity.ERROR, api.ILogger.Severity.INTERNAL_ERROR)

    class Log(api.ILogger):  # type: ignore[misc]
        """Keeps the first error, whose text says more than what comes after it."""

        def __init__(self) -> None:
            api.ILogger.__init__(self)
            self._first: str | None = None

        def log(self, severity: Any, text: str) -> None:
            """Called by the library, from any of its threads."""
            if severity in errors:
                _logger.debug("%s", text)
                self._first = self._first or text.splitlines()[0]

        def first_error(self) -> str | None:
            first, self._first = self._first, None
            return first

    return Log()
