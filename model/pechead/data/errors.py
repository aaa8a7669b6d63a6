"""What can go wrong while data are prepared or read."""

from pechead.errors import PecheadError


class DataError(PecheadError):
    """A folder, a shard or a disk that training data can't be read from or written to."""

    exit_code = 7

    def __reduce__(self) -> tuple[type["DataError"], tuple[str, str]]:
        """Survive the way from a worker process."""
        return DataError, (self.happened, self.remedy)


class Rejected(Exception):  # noqa: N818 - no error of the program: one file that is of no use
    """A file that gives no clip; preparing goes on without it.

    Args:
        reason: a few words that stay the same from file to file, to count by.
        details: the numbers behind it.
    """

    def __init__(self, reason: str, details: str) -> None:
        super().__init__(f"{reason} ({details})")
        self.reason = reason
        self.details = details
