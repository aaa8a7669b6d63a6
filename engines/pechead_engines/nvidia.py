"""Whether there is an NVIDIA graphics card, asked of its driver: no library has to be installed for that."""

import ctypes
import sys

DRIVER = {"win32": "nvcuda.dll", "darwin": ""}
NAME_LENGTH = 128


def find_graphics_card() -> str | None:
    """Name of the first NVIDIA graphics card; None if there is none, or no driver for it."""
    library = DRIVER.get(sys.platform, "libcuda.so.1")
    if not library:
        return None
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return None
    device, name = ctypes.c_int(), ctypes.create_string_buffer(NAME_LENGTH)
    found = (
        driver.cuInit(0) == 0
        and driver.cuDeviceGet(ctypes.byref(device), 0) == 0
        and driver.cuDeviceGetName(name, NAME_LENGTH, device) == 0
    )
    return name.value.decode(errors="replace") if found else None
