"""The figures of a run for people: a table at the end, one line while it runs."""

from rich.table import Table

from pechead_live.pipeline.durations import Durations
from pechead_live.pipeline.statistics import OutputSummary, Summary
from pechead_live.renderers.names import RendererChoice

NOTICEABLE_DROPS = 0.1
"""Share of the camera's frames; from here on the user is told what can be done."""

SLOW_CAMERA = 0.8
"""Share of the rate that a webcam announces below which it is explained to the user."""

SILENCE = 1.0
"""Seconds without a camera frame that are told."""


def times_table(summary: Summary) -> Table:
    """How long frames took, stage by stage and from the camera to the outputs."""
    times = Table("milliseconds", "frames", "p50", "p95", "max", box=None)
    for column in times.columns[1:]:
        column.justify = "right"
    for stage in summary.stages:
        times.add_row(stage.name, *_milliseconds(stage.durations))
    for output in summary.outputs:
        if output.age.count:
            times.add_row(f"frame age at {output.name}", *_milliseconds(output.age), style="bold")
    return times


def count_lines(summary: Summary) -> list[str]:
    """What was counted rather than timed, a line each."""
    lines = [
        f"camera: {summary.captured} frames, {summary.captured_per_second:.1f} fps; "
        f"no face in {summary.faceless} of them"
    ]
    lines += [_output_line(output) for output in summary.outputs]
    drops = [f"{drop.count} {drop.cause}" for drop in summary.drops if drop.count]
    lines.append(f"dropped before the outputs: {', '.join(drops) or 'none'}")
    if summary.first_frame_after is not None:
        lines.append(f"first avatar frame {summary.first_frame_after:.1f} s after the start")
    return lines


def advice(summary: Summary, renderer: RendererChoice = "auto") -> list[str]:
    """What went wrong without ending the run, and what to do about it, a line each.

    Args:
        summary: of the run.
        renderer: the one that was asked for.
    """
    lines = []
    if summary.searched and summary.faceless == summary.searched:
        lines.append(
            "no face was seen by the camera, so that the avatar didn't follow anyone: "
            "sit in front of it, with light on your face, or name another one with --camera"
        )
    if _is_slow(summary.captured_per_second, summary):
        lines.append(
            f"the camera gave {summary.captured_per_second:.1f} of the {summary.announced_per_second:.0f} "
            "frames a second that it announces: more light on your face, since cameras expose longer in the "
            "dark; or a USB port of its own, without a hub"
        )
    dropped = sum(drop.count for drop in summary.drops)
    share = dropped / (summary.captured + summary.drops[0].count) if summary.captured else 0.0
    if share >= NOTICEABLE_DROPS and summary.stages:
        slowest = max(summary.stages, key=lambda stage: stage.durations.p50)
        simplest = slowest.name != "render" or renderer in ("geometric", "still")
        simpler = "" if simplest else ", --renderer geometric"
        lines.append(
            f"{share:.0%} of the camera's frames came too quickly for this computer "
            f"({slowest.name}: {slowest.durations.p50 * 1e3:.0f} ms a frame): "
            f"close other programs, or try a smaller photo or --size{simpler}"
        )
    return lines


def status_line(summary: Summary) -> str:
    """How it goes at the moment, in one line."""
    if not summary.captured:
        return "waiting for the camera"
    parts = [_camera_part(summary)]
    if summary.outputs:
        first = summary.outputs[0]
        parts.append(f"{first.recent_frames_per_second:.1f} fps out")
        parts.append(
            f"frame age {first.recent_age.p50 * 1e3:.0f} ms, p95 {first.recent_age.p95 * 1e3:.0f} ms"
        )
    parts.append(f"{sum(drop.count for drop in summary.drops)} dropped")
    if summary.face_seen is False:
        parts.append("no face")
    return " | ".join(parts)


def _camera_part(summary: Summary) -> str:
    rate, announced = summary.recent_captured_per_second, summary.announced_per_second
    if summary.silent_for > SILENCE:
        return f"nothing from the camera for {summary.silent_for:.0f} s"
    if announced is not None and _is_slow(rate, summary):
        return f"{rate:.1f} of {announced:.0f} fps in (more light?)"
    return f"{rate:.1f} fps in"


def _is_slow(rate: float, summary: Summary) -> bool:
    announced = summary.announced_per_second
    return announced is not None and summary.captured >= 2 * announced and rate < SLOW_CAMERA * announced


def overlay_lines(summary: Summary) -> list[str]:
    """How it goes at the moment, for the preview: rates, frame age, times and drops.

    Short lines: they stand beside the face, not across it.
    """
    stages = [f"{stage.name} {stage.durations.p50 * 1e3:.1f} ms" for stage in summary.stages]
    drops = [f"{drop.count} {drop.cause}" for drop in summary.drops if drop.count]
    return [*status_line(summary).split(" | "), *drops, *stages]


def _output_line(output: OutputSummary) -> str:
    line = f"{output.name}: {output.frames_per_second:.1f} fps, {output.fresh} fresh frames"
    for count, what in (
        (output.repeated, "repeated"),
        (output.not_due, "dropped as not due"),
        (output.busy, "dropped as it was busy"),
        (output.missed, "missed"),
    ):
        if count:
            line += f", {count} {what}"
    return line


def _milliseconds(durations: Durations) -> tuple[str, str, str, str]:
    figures = (durations.p50, durations.p95, durations.maximum)
    p50, p95, maximum = (f"{seconds * 1e3:.1f}" for seconds in figures)
    return f"{durations.count}", p50, p95, maximum
