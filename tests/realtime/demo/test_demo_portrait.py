"""The demo's portrait."""

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import PecheadError
from pechead_live.demo.portrait import demo_portrait


def test_it_is_the_astronaut(portrait_photo: NDArray[np.uint8]) -> None:
    portrait = demo_portrait()
    assert portrait.dtype == np.uint8
    assert portrait.flags.writeable
    np.testing.assert_array_equal(portrait, portrait_photo)


def test_without_scikit_image_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(PecheadError, match=r'pip install "pechead-live\[demo\]"') as caught:
        demo_portrait()
    assert "\n" not in str(caught.value)
