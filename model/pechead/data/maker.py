"""Making training samples of clips: choose a pair, read its pictures, augment, describe the motion."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.augment import AugmentSettings, ColourChange, compressed
from pechead.data.backgrounds import plate, varied
from pechead.data.clip import Clip, FaceTrack, fingerprint, fit_track
from pechead.data.closer import draw_closer, fit_in_crop
from pechead.data.errors import DataError
from pechead.data.mirror import mirrored_fit, mirrored_image
from pechead.data.pairs import ClipPool, choose_pair
from pechead.data.pictures import Pictures
from pechead.data.proportions import Proportions
from pechead.data.sample import TrainingSample, emphasis_map, matte_map
from pechead.data.still_motion import MOST_GAIN, StillAnimator
from pechead.data.sway import Sway
from pechead.face.face_motion import as_positions, face_motions
from pechead.face.fit import FaceFit
from pechead.face.head import HeadGeometry
from pechead.face.model import FaceModel
from pechead.face.symmetry import mirror_indices

log = logging.getLogger(__name__)

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]

ATTEMPTS = 10

BACKGROUND_ATTEMPTS = 4


@dataclass(frozen=True)
class SampleSettings:
    """What samples are like.

    Attributes:
        frames: T, driving frames of a sample.
        size: width and height of the pictures in pixels; others are scaled.
        still_share: share of the samples that are made of stills; 0 leaves stills out.
        album_share: share of them that are two photos of one sitting.
        swayed_still_share: share of a still's samples in which it only sways, before another background;
            without mattes, or where no background is to be had, the geometric renderer moves it.
        drawn_target_share: share of the latter whose driving frames are drawn by that renderer. In the
            others the source is, and the driving frames are the photo itself: a network should learn to draw
            real pixels.
        augment: changes of pictures.
    """

    frames: int = 1
    size: int = 256
    still_share: float = 0.25
    album_share: float = 0.0
    swayed_still_share: float = 0.6
    drawn_target_share: float = 0.3
    augment: AugmentSettings = field(default_factory=AugmentSettings)


class SampleMaker:
    """Makes samples; what a sample is depends on the clips and the generator alone.

    Args:
        model: the face model; clips fitted with another one are to be passed through ``adopted`` first.
        settings: what samples are like.
    """

    def __init__(self, model: FaceModel, settings: SampleSettings) -> None:
        self._model = model
        self._settings = settings
        self._geometry = HeadGeometry.from_model(model)
        self._mirror = mirror_indices(model)
        self._animator = StillAnimator(model)

    def make(self, pool: ClipPool, generator: Generator) -> TrainingSample:
        """Draw a clip and a pair of its frames; others, where a picture is damaged.

        Raises:
            DataError: many pictures in a row are damaged.
        """
        for _ in range(ATTEMPTS):
            pictures = self._drawn(pool, generator)
            if pictures is not None:
                return self.finish(pictures, generator)
        raise DataError(f"{ATTEMPTS} damaged pictures in a row", "prepare the shards again")

    def _drawn(self, pool: ClipPool, generator: Generator) -> Pictures | None:
        clip = pool.draw(generator)
        try:
            if len(clip) == 1:
                return self._still(clip, pool, generator)
            frames = self._settings.frames
            if clip.info.kind == "still":
                pair = choose_pair(clip.track, 1, generator)
                chosen = self._moving(clip, pair.source, pair.driving.tolist() * frames)
            else:
                pair = choose_pair(clip.track, frames, generator)
                chosen = self._moving(clip, pair.source, pair.driving.tolist())
            if generator.random() < self._settings.augment.background:
                return self._before_another(chosen, pool, generator) or chosen
            return chosen
        except ValueError as error:
            log.warning("left out a damaged frame of %s (%s)", clip.info.key, error)
            return None

    def of_pair(
        self, clip: Clip, source: int, driving: Sequence[int], generator: Generator
    ) -> TrainingSample:
        """The sample of given frames of a moving clip."""
        return self.finish(self._moving(clip, source, driving), generator)

    def finish(self, pictures: Pictures, generator: Generator) -> TrainingSample:
        """Augment a pair and describe its motion."""
        augment, size = self._settings.augment, self._settings.size
        fits = [pictures.source_fit, *pictures.driving_fits]
        if generator.random() < augment.flip:
            pictures = pictures.changed(mirrored_image)
            fits = self._mirrored(fits)
        if generator.random() < augment.proportions:
            proportions = Proportions.draw(size, augment.stretch, augment.slant, augment.turn, generator)
            pictures = pictures.changed(proportions.image)
            first = proportions.fit(fits[0], self._model)
            fits = [first, *(proportions.fit(fit, self._model, first.identity) for fit in fits[1:])]
        if generator.random() < augment.closer:
            crop = draw_closer(size, augment.closest, generator)
            pictures = pictures.changed(lambda image: crop.cut(image, size))
            fits = [fit_in_crop(fit, crop, size) for fit in fits]
        source, *driving = pictures.images
        if generator.random() < augment.colour:
            change = ColourChange.draw(augment, generator)
            source, *driving = (change.apply(image) for image in (source, *driving))
        if generator.random() < augment.compression:
            source = compressed(source, int(generator.integers(*augment.quality)))
        targets = [(fit.pose, fit.expression) for fit in fits[1:]]
        found = [fit.landmarks(self._model) for fit in fits[1:]]
        return TrainingSample(
            source=source,
            driving=np.stack(driving),
            motions=face_motions(fits[0], targets, size, self._model, self._geometry),
            landmarks=np.stack([as_positions(landmarks, size) for landmarks in found]),
            emphasis=np.stack([emphasis_map(landmarks, self._model, size) for landmarks in found]),
            mattes=np.stack([matte_map(matte) for matte in pictures.mattes]),
            matted=np.array([matte is not None for matte in pictures.mattes]),
        )

    def _mirrored(self, fits: list[FaceFit]) -> list[FaceFit]:
        """As at run time, the person's shape is that of the source."""
        model, mirror, size = self._model, self._mirror, self._settings.size
        source = mirrored_fit(fits[0], model, mirror, size)
        return [source, *(mirrored_fit(fit, model, mirror, size, source.identity) for fit in fits[1:])]

    def _moving(self, clip: Clip, source: int, driving: Sequence[int]) -> Pictures:
        track = self._track(clip)
        return Pictures(
            source=self._image(clip, source),
            source_fit=track.fit(source, self._model),
            driving=[self._image(clip, index) for index in driving],
            driving_fits=[track.fit(index, self._model) for index in driving],
            mattes=tuple(self._matte(clip, index) for index in (source, *driving)),
        )

    def _still(self, still: Clip, pool: ClipPool, generator: Generator) -> Pictures:
        frames = self._settings.frames
        if self._settings.augment.background and generator.random() < self._settings.swayed_still_share:
            swayed = self._before_another(self._moving(still, 0, [0] * frames), pool, generator, sways=True)
            if swayed is not None:
                return swayed
        image, fit = self._image(still, 0), self._track(still).fit(0, self._model)
        mover = pool.draw_moving(generator)
        track = self._track(mover)
        drawn_target = generator.random() < self._settings.drawn_target_share
        pair = choose_pair(mover.track, frames if drawn_target else 1, generator)
        moments = pair.driving.tolist()
        gain = 1.0 if drawn_target else generator.uniform(1, MOST_GAIN)
        moved = self._animator.move(still, fit, image, track, pair.source, moments, gain)
        matte = self._matte(still, 0)
        if drawn_target:
            unknown = (None,) * frames
            return Pictures(
                image, fit, [one.image for one in moved], [one.fit for one in moved], (matte, *unknown)
            )
        return Pictures(
            moved[0].image, moved[0].fit, [image] * frames, [fit] * frames, (None, *[matte] * frames)
        )

    def _before_another(
        self, pictures: Pictures, pool: ClipPool, generator: Generator, sways: bool = False
    ) -> Pictures | None:
        """The person before somebody else's background, perhaps swaying; None without mattes."""
        augment, size = self._settings.augment, self._settings.size
        matted = all(matte is not None for matte in pictures.mattes)
        background = self._background(pool, generator) if matted else None
        if background is None:
            return None
        if sways or generator.random() < augment.sway:
            sway = Sway.draw(size, augment.sway_shift, augment.sway_growth, augment.sway_turn, generator)
            source_moves = generator.random() < 0.5
            pictures = pictures.swayed(sway if source_moves else None, None if source_moves else sway)
        return pictures.before(varied(background, generator))

    def _background(self, pool: ClipPool, generator: Generator) -> Image | None:
        for _ in range(BACKGROUND_ATTEMPTS):
            clip = pool.draw(generator)
            if clip.mattes:
                index = int(generator.integers(len(clip)))
                found = plate(self._image(clip, index), self._scaled(clip.matte(index)))
                if found is not None:
                    return found
        return None

    def _track(self, clip: Clip) -> FaceTrack:
        return clip.track.scaled(self._settings.size / clip.info.size)

    def _image(self, clip: Clip, index: int) -> Image:
        return self._scaled(clip.image(index))

    def _matte(self, clip: Clip, index: int) -> Mask | None:
        return self._scaled(clip.matte(index)) if clip.mattes else None

    def _scaled(self, image: Image) -> Image:
        size = self._settings.size
        if image.shape[0] == size:
            return image
        interpolation = cv2.INTER_AREA if size < image.shape[0] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(image, (size, size), interpolation=interpolation), np.uint8)


def adopted(clip: Clip, model: FaceModel) -> Clip:
    """The clip with fits that belong to this model; fitted again (2 ms a frame) if they don't yet."""
    mark = fingerprint(model)
    if clip.info.face_model == mark:
        return clip
    track = fit_track(model, clip.track.times, clip.track.landmarks, clip.track.scores)
    return replace(clip, info=replace(clip.info, face_model=mark), track=track)
