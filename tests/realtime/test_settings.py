"""Which options fit together, and what is chosen when nothing is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from pechead.errors import SettingsError
from pechead_live.settings import Settings, Size, check, output_size

PHOTO = (Path("me.png"),)
OFFLINE = Settings(source=PHOTO, camera="talk.mp4", offline=True, output=("out.mkv",))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(source=PHOTO),
        Settings(source=PHOTO, camera="talk.mp4", output=("virtual-camera", "preview", "out.mp4")),
        Settings(source=(*PHOTO, Path("you.png")), device="PECHead", output=("preview", "virtual-camera")),
        Settings(demo=True),
        Settings(demo=True, offline=True),
        Settings(demo=True, offline=True, output=("out.mkv",)),
        Settings(list_cameras=True),
        OFFLINE,
        replace(OFFLINE, motion="absolute", crop="whole", badge=False, yes=True),
    ],
)
def test_sensible_settings_are_accepted(settings: Settings) -> None:
    check(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(), "--source"),
        (Settings(demo=True, source=PHOTO), "leave out --source"),
        (Settings(demo=True, camera="0"), "leave out --source and --camera"),
        (Settings(source=PHOTO, output=("a.mp4", "preview", "a.mp4")), "a.mp4 is given twice"),
        (Settings(source=PHOTO, output=("a.mp4",), device="/dev/video10"), "add --output virtual-camera"),
        (Settings(source=PHOTO, camera="/dev/video9", device="/dev/video9"), "can't be camera and virtual"),
        (replace(OFFLINE, camera=None), "--offline needs a file"),
        (replace(OFFLINE, output=()), "virtual camera"),
        (replace(OFFLINE, output=("out.mkv", "virtual-camera:/dev/video10")), "virtual camera"),
        (replace(OFFLINE, fps=25.0), "leave out --fps"),
        (Settings(source=PHOTO, record_motion=Path("me")), r"write me\.npz"),
        (Settings(source=PHOTO, size=Size(1280, 8)), "--size 1280x8"),
        (Settings(source=PHOTO, size=Size(9000, 720)), "16 to 8192"),
        (Settings(source=PHOTO, fps=0.0), "from 1 to 240"),
        (Settings(source=PHOTO, fps=float("nan")), "from 1 to 240"),
        (Settings(source=PHOTO, duration=-1.0), "--duration -1"),
        (Settings(source=PHOTO, pose_gain=2.5), "--pose-gain 2.5"),
        (Settings(source=PHOTO, expression_gain=-0.1), "--expression-gain"),
        (Settings(source=PHOTO, smooth=1.1), "from 0 to 1"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named_with_a_way_on(settings: Settings, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check(settings)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        (Settings(source=PHOTO), (1280, 720)),
        (Settings(source=PHOTO, output=("out.mp4",)), (1280, 720)),
        (Settings(source=PHOTO, size=Size(640, 480)), (640, 480)),
        (Settings(source=PHOTO, crop="whole", output=("out.mkv",)), (301, 401)),
        (Settings(source=PHOTO, crop="whole", output=("out.mkv",), size=Size(64, 64)), (64, 64)),
        (Settings(source=PHOTO, crop="whole"), (1280, 720)),
        (Settings(source=PHOTO, crop="whole", output=("out.mkv", "virtual-camera")), (1280, 720)),
    ],
)
def test_the_output_is_1280x720_unless_said_otherwise_or_the_whole_photo(
    settings: Settings, size: tuple[int, int]
) -> None:
    assert output_size(settings, photo_size=(301, 401)) == size


def test_nothing_that_is_read_may_be_overwritten(tmp_path: Path) -> None:
    photo, talk, motion = tmp_path / "me.png", tmp_path / "talk.mp4", tmp_path / "talk.npz"
    for path in (photo, talk, motion):
        path.touch()
    other_name = tmp_path / "same.mp4"
    other_name.symlink_to(talk)
    from_video = replace(OFFLINE, source=(photo,), camera=str(talk))
    from_motion = replace(from_video, camera=str(motion), record_motion=motion)
    with pytest.raises(SettingsError, match=r"--output .*talk.mp4 would overwrite what --camera reads"):
        check(replace(from_video, output=(str(talk),)))
    with pytest.raises(SettingsError, match=r"--output .*same.mp4 would overwrite what --camera reads"):
        check(replace(from_video, output=("none", str(other_name))))
    with pytest.raises(SettingsError, match=r"--record-motion .* would overwrite what --camera reads"):
        check(from_motion)
    check(replace(from_motion, record_motion=tmp_path / "new.npz"))


def test_a_device_is_that_of_the_virtual_camera() -> None:
    settings = Settings(source=PHOTO, output=("preview", "virtual-camera"), device="/dev/video10")
    assert settings.outputs == ("preview", "virtual-camera:/dev/video10")
    assert Settings(source=PHOTO, device="/dev/video10").outputs == ("virtual-camera:/dev/video10",)
