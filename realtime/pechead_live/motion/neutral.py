"""The driver's neutral: the pose and expression that stand for the photo's own, found without asking.

From the first moment on there is a neutral, the best frame so far. Frames that are frontal, calm and relaxed
are gathered; their mean becomes the neutral once there is about a second of them. All functions are pure; the
time is passed in.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from pechead.face.blendshapes import index
from pechead.face.pose import angles
from pechead_live.frames import Motion
from pechead_live.motion.blending import blend_motions, smoothstep
from pechead_live.motion.rotations import angle_between, mean_rotation

RELAXED = (
    ("jawOpen", 0.10),
    ("mouthSmileLeft", 0.35),
    ("mouthSmileRight", 0.35),
    ("mouthFunnel", 0.20),
    ("mouthPucker", 0.50),
    ("mouthUpperUpLeft", 0.25),
    ("mouthUpperUpRight", 0.25),
    ("mouthLowerDownLeft", 0.25),
    ("mouthLowerDownRight", 0.25),
    ("eyeBlinkLeft", 0.35),
    ("eyeBlinkRight", 0.35),
    ("browInnerUp", 0.50),
)
"""Blendshapes of a face at rest and how far each may go; resting faces do smile a little and purse their
lips."""


@dataclass(frozen=True)
class NeutralSettings:
    """When a frame counts and how many are needed.

    Attributes:
        yaw, pitch, roll: degrees from frontal that still count. Pitch is wider: laptop cameras look up at
            people, cameras on big screens down.
        calm_over: seconds over which the head must be calm.
        calm_rotation: degrees that it may have turned in that time.
        calm_translation: centimetres that it may have moved, sideways, up or down.
        wanted: seconds of good frames that make the neutral.
        timeout: seconds after which whatever good frames there are must do, or else the best frame so far.
        ease: seconds in which the avatar passes over to a new neutral.
        better: a frame replaces the provisional neutral when its score is below this share of the old one.
    """

    yaw: float = 15.0
    pitch: float = 22.0
    roll: float = 12.0
    calm_over: float = 0.3
    calm_rotation: float = 3.0
    calm_translation: float = 1.0
    wanted: float = 1.0
    timeout: float = 5.0
    ease: float = 0.5
    better: float = 0.7


@dataclass(frozen=True)
class NeutralState:
    """What is known of the driver's neutral.

    Attributes:
        target: the neutral as it stands; None before the first frame.
        score: how far ``target`` is from a frontal face at rest, see ``restlessness``; unused once settled.
        settled: True when ``target`` is final.
        started_at: when the first frame was seen.
        previous: the neutral in use when ``target`` was set, to ease over from.
        changed_at: when ``target`` was set.
        recent: the last frames with their times, the span over which calm is judged.
        gathered: the good frames so far.
        gathered_for: seconds of good frames so far.
    """

    target: Motion | None = None
    score: float = np.inf
    settled: bool = False
    started_at: float = 0.0
    previous: Motion | None = None
    changed_at: float = 0.0
    recent: tuple[tuple[float, Motion], ...] = ()
    gathered: tuple[Motion, ...] = field(default=(), repr=False)
    gathered_for: float = 0.0


def restlessness(motion: Motion, settings: NeutralSettings) -> float:
    """How far a face is from frontal and at rest: 0 = perfectly, below 1 = every limit kept.

    The largest of all angles and blendshapes, each as a share of its limit, so that one bad thing is enough.
    """
    turned = angles(motion.rotation)
    shares = [
        abs(turned.yaw) / settings.yaw,
        abs(turned.pitch) / settings.pitch,
        abs(turned.roll) / settings.roll,
    ]
    shares += [float(motion.expression[index(name)]) / limit for name, limit in RELAXED]
    return max(shares)


def is_calm(recent: tuple[tuple[float, Motion], ...], motion: Motion, settings: NeutralSettings) -> bool:
    """Whether the head has hardly moved over the frames of ``recent``, which must span ``calm_over``
    seconds."""
    return all(
        angle_between(before.rotation, motion.rotation) <= settings.calm_rotation
        and float(np.abs(motion.translation - before.translation).max()) / motion.scale
        <= settings.calm_translation
        for _, before in recent
    )


def mean_motion(motions: tuple[Motion, ...]) -> Motion:
    """The mean of motions; rotation by the chordal mean, scale by the geometric."""
    return Motion(
        rotation=mean_rotation(m.rotation for m in motions),
        translation=np.mean([m.translation for m in motions], axis=0, dtype=np.float32),
        scale=float(np.exp(np.mean(np.log([m.scale for m in motions])))),
        expression=np.mean([m.expression for m in motions], axis=0, dtype=np.float32),
        person=motions[-1].person,
    )


def observe(state: NeutralState, motion: Motion, now: float, settings: NeutralSettings) -> NeutralState:
    """The state after one more frame of the driver.

    Another person than before starts the search again, and so does nothing else but ``restart``.
    """
    if state.target is not None and motion.person != state.target.person:
        state = restart(state, now, settings)
    if state.settled:
        return state
    score = restlessness(motion, settings)
    if state.target is None:
        return NeutralState(
            target=motion,
            score=score,
            started_at=now,
            changed_at=now,
            previous=state.previous,
            recent=((now, motion),),
        )
    state = _gather(state, motion, score, now, settings)
    late = now - state.started_at >= settings.timeout
    if state.gathered_for >= settings.wanted or (late and state.gathered):
        return _settle(_change(state, mean_motion(state.gathered), 0.0, now, settings))
    if score < settings.better * state.score:
        state = _change(state, motion, score, now, settings)
    return _settle(state) if late else state


def current_neutral(state: NeutralState, now: float, settings: NeutralSettings) -> Motion:
    """The neutral to use at ``now``: ``target``, or on the way to it.

    Raises:
        ValueError: no frame has been observed yet.
    """
    if state.target is None:
        raise ValueError("a neutral before the first frame")
    if state.previous is None or now - state.changed_at >= settings.ease:
        return state.target
    return blend_motions(state.previous, state.target, smoothstep((now - state.changed_at) / settings.ease))


def restart(state: NeutralState, now: float, settings: NeutralSettings) -> NeutralState:
    """Begin the search again; the avatar eases from the neutral in use to the new one."""
    return NeutralState(previous=None if state.target is None else current_neutral(state, now, settings))


def _gather(
    state: NeutralState, motion: Motion, score: float, now: float, settings: NeutralSettings
) -> NeutralState:
    """Keep the frame for the mean if it is frontal, calm and relaxed; and for judging the calm of the
    next."""
    spanned = bool(state.recent) and now - state.recent[0][0] >= settings.calm_over
    good = score < 1 and spanned and is_calm(state.recent, motion, settings)
    recent = (*state.recent, (now, motion))
    while len(recent) > 1 and now - recent[1][0] >= settings.calm_over:
        recent = recent[1:]
    if not good:
        return replace(state, recent=recent)
    # A stalled camera must not count as calm.
    elapsed = min(now - state.recent[-1][0], settings.calm_over)
    return replace(
        state, recent=recent, gathered=(*state.gathered, motion), gathered_for=state.gathered_for + elapsed
    )


def _change(
    state: NeutralState, target: Motion, score: float, now: float, settings: NeutralSettings
) -> NeutralState:
    previous = current_neutral(state, now, settings)
    return replace(state, previous=previous, target=target, score=score, changed_at=now)


def _settle(state: NeutralState) -> NeutralState:
    return replace(state, settled=True, recent=(), gathered=())
