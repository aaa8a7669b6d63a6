"""The blendshapes' names."""

import numpy as np
import pytest
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead.landmarker.locate import find_model_file


def test_names_are_in_the_order_of_the_landmarkers_scores(portrait_photo: NDArray[np.uint8]) -> None:
    options = FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_model_file())), output_face_blendshapes=True
    )
    with FaceLandmarker.create_from_options(options) as landmarker:
        found = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=portrait_photo.copy()))
    assert tuple(category.category_name for category in found.face_blendshapes[0]) == NAMES


def test_a_name_is_found_where_it_stands() -> None:
    assert [index(name) for name in NAMES] == list(range(52))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="tongueOut"):
        index("tongueOut")
