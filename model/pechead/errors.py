"""What can go wrong for a user, each with its own exit code.

The text of every error says what happened, why, and what to do about it, in one line:
``no face found in me.png (1024x1024): use a photo with one face looking at the camera, at least 128 px
wide``.
"""


class PecheadError(Exception):
    """Base of every error that is meant for the user's eyes.

    Args:
        happened: what happened and to which thing, with the numbers that explain why.
        remedy: what the user can do about it.
    """

    exit_code = 1

    def __init__(self, happened: str, remedy: str) -> None:
        super().__init__(f"{happened}: {remedy}")
        self.happened = happened
        self.remedy = remedy


def first_line(error: Exception) -> str:
    """The first line of what a library says went wrong, or the kind of error where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class SettingsError(PecheadError):
    """Options that don't fit together or have values out of range."""

    exit_code = 2


class PhotoError(PecheadError):
    """The source photo can't be used."""

    exit_code = 3


class CameraError(PecheadError):
    """The camera, or the file that plays the camera, can't be used."""

    exit_code = 4


class OutputError(PecheadError):
    """An output can't be opened or written."""

    exit_code = 5


class ModelFileError(PecheadError):
    """A model file is missing, damaged or of another version."""

    exit_code = 6
