"""Photos of one sitting become real pairs."""

from dataclasses import replace

import numpy as np

from pechead.data.albums import albums
from pechead.data.augment import AugmentSettings
from pechead.data.clip import Clip, FaceTrack
from pechead.data.dataset import FaceData, TrainingSamples
from pechead.data.jpeg import encode_picture
from pechead.data.maker import SampleSettings
from pechead.face.model import FaceModel


def photo(clip: Clip, index: int, key: str, person: str = "cleo", darker: int = 0) -> Clip:
    """A frame as a still."""
    track, one = clip.track, slice(index, index + 1)
    per_frame = ("times", "landmarks", "scores", "expression", "rotation", "translation", "scale")
    cut = FaceTrack(identity=track.identity, **{name: getattr(track, name)[one] for name in per_frame})
    picture = encode_picture(np.asarray(np.clip(clip.image(index).astype(int) - darker, 0, 255), np.uint8))
    return Clip(replace(clip.info, kind="still", key=key, person=person), cut, (picture,))


def test_photos_of_one_sitting_are_joined_and_share_an_identity(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    anna = clips["anna_1"]
    one, other = photo(anna, 2, "a"), photo(anna, 12, "b")
    (album,) = albums([other, one, anna], face_model)
    assert (album.info.kind, album.info.person, len(album)) == ("still", "cleo", 2)
    assert album.pictures == one.pictures + other.pictures
    np.testing.assert_array_equal(album.track.landmarks[1], other.track.landmarks[0])
    for index in range(2):
        fit = album.track.fit(index, face_model)
        np.testing.assert_allclose(fit.landmarks(face_model), album.track.landmarks[index], atol=0.05)


def test_another_person_or_another_sitting_is_kept_apart(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    anna = clips["anna_1"]
    photos = [photo(anna, 2, "a"), photo(anna, 12, "b", "dora"), photo(anna, 12, "c", darker=90)]
    assert albums(photos, face_model) == []


def test_a_sample_of_an_album_is_two_real_photos(clips: dict[str, Clip], face_model: FaceModel) -> None:
    anna = clips["anna_1"]
    training = (anna, *albums([photo(anna, 2, "a"), photo(anna, 12, "b")], face_model))
    data = FaceData(face_model, training, ())
    plain = SampleSettings(size=anna.info.size, still_share=0, album_share=0.999, frames=2)
    settings = replace(plain, augment=AugmentSettings.none())
    sample = TrainingSamples(data, settings)[0]
    pictures = [sample.source, *sample.driving]
    kept = [training[1].image(index) for index in range(2)]
    which = [[np.array_equal(picture, image) for image in kept].index(True) for picture in pictures]
    assert which[0] != which[1]
    assert which[1] == which[2]
