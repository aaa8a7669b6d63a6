"""What can go wrong with engines."""

from pechead.errors import PecheadError


class EngineError(PecheadError):
    """An engine can't be made or run on this machine."""

    exit_code = 10
