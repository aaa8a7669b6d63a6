"""What can go wrong for someone who trains."""

from pechead.errors import PecheadError


class TrainingError(PecheadError):
    """Training can't start or can't go on."""

    exit_code = 8


class CheckpointError(PecheadError):
    """A checkpoint can't be read, can't be written, or belongs to another configuration."""

    exit_code = 9
