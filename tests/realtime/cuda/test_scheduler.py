"""Which frame the device works on when."""

import random
import weakref

import numpy as np
import pytest
from tests.realtime.cuda.copying_work import (
    COMPOSE,
    INFER,
    UPLOAD,
    CopyingSlot,
    CopyingWork,
    RefusalError,
)
from tests.realtime.cuda.simulated_device import RaceError, SimulatedDevice, SimulatedError

from pechead_live.cuda.device import Device
from pechead_live.cuda.scheduler import FRAMES_IN_FLIGHT, FrameScheduler

Scheduler = FrameScheduler[int, CopyingSlot, tuple[int, int]]


def scheduler_of(device: Device, refuses: dict[int, str] | None = None) -> Scheduler:
    return FrameScheduler(device, CopyingWork(device, refuses))


def rest_of(scheduler: Scheduler) -> list[int]:
    """Every frame that is still to come; each has to be made of its own item."""
    numbers = []
    while (finished := scheduler.wait()) is not None:
        number, content = finished
        assert content == number
        numbers.append(number)
    return numbers


def test_frames_come_in_order_each_with_its_own_content(device: Device) -> None:
    scheduler = scheduler_of(device)
    came = []
    for number in range(10):
        scheduler.submit(number)
        if number >= 2:
            finished = scheduler.wait()
            assert finished is not None
            came.append(finished)
    assert came == [(number, number) for number in range(8)]
    assert rest_of(scheduler) == [8, 9]
    assert scheduler.dropped == 0
    scheduler.close()


def test_upload_networks_and_drawing_of_different_frames_go_on_side_by_side() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    count = 20
    for number in range(count):
        scheduler.submit(number)
        if number >= FRAMES_IN_FLIGHT - 1:
            scheduler.wait()
    rest_of(scheduler)
    slowest = max(UPLOAD, INFER, COMPOSE)
    assert device.clock.now() == UPLOAD + count * slowest + COMPOSE
    assert [len(stream.works) for stream in device.streams] == [
        count * UPLOAD,
        count * INFER,
        count * COMPOSE,
    ]


def test_asking_never_waits_for_the_device() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    for number in range(10):
        scheduler.submit(number)
        assert scheduler.poll() is None
    assert device.clock.now() == 0


def test_no_more_than_three_frames_are_in_flight_and_the_newest_waits() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    for number in range(6):
        scheduler.submit(number)
    assert len(device.streams[0].works) == FRAMES_IN_FLIGHT * UPLOAD
    assert rest_of(scheduler) == [0, 1, 2, 5]
    assert scheduler.dropped == 2


def test_finished_frames_that_nobody_fetched_give_way_the_oldest_first() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    for number in range(3):
        scheduler.submit(number)
    device.clock.sleep(100)
    scheduler.submit(3)
    scheduler.submit(4)
    assert rest_of(scheduler) == [2, 3, 4]
    assert scheduler.dropped == 2


def test_a_frame_can_be_fetched_as_soon_as_it_is_finished() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    scheduler.submit(7)
    device.clock.sleep(UPLOAD + INFER + COMPOSE - 0.5)
    assert scheduler.poll() is None
    device.clock.sleep(0.5)
    assert scheduler.poll() == (7, 7)
    assert scheduler.poll() is None
    assert scheduler.wait() is None


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_caller_does_no_memory_is_touched_while_in_use(seed: int) -> None:
    chance = random.Random(seed)
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    submitted, came = 0, []
    for _ in range(200):
        match chance.randrange(4):
            case 0 | 1:
                scheduler.submit(submitted)
                submitted += 1
            case 2:
                device.clock.sleep(chance.uniform(0, 2 * INFER))
            case 3 if (finished := scheduler.poll()) is not None:
                assert finished[0] == finished[1]
                came.append(finished[0])
    came += rest_of(scheduler)
    assert came == sorted(came)
    assert came[-1] == submitted - 1
    assert len(came) + scheduler.dropped == submitted


def test_the_simulated_device_notices_races() -> None:
    device = SimulatedDevice()
    first, second = device.stream(), device.stream()
    host, memory = device.host_buffer((1,), np.int32), device.device_buffer((1,), np.int32)
    first.upload(host, memory)
    with pytest.raises(RaceError):
        host.array[...] = 1
    with pytest.raises(RaceError):
        second.download(memory, device.host_buffer((1,), np.int32))
    event = device.event()
    first.record(event)
    second.wait(event)
    second.download(memory, device.host_buffer((1,), np.int32))
    event.synchronize()
    host.array[...] = 1


def test_memory_is_taken_before_the_first_frame_and_never_again() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    allocations = device.allocations
    for number in range(30):
        scheduler.submit(number)
        device.clock.sleep(1.5)
        scheduler.poll()
    assert device.allocations == allocations


@pytest.mark.parametrize("stage", ["fill", "upload", "infer", "compose"])
def test_what_the_work_raises_reaches_the_caller_and_costs_one_frame(device: Device, stage: str) -> None:
    scheduler = scheduler_of(device, refuses={1: stage})
    scheduler.submit(0)
    with pytest.raises(RefusalError, match=f"1 at {stage}"):
        scheduler.submit(1)
    for number in (2, 3):
        scheduler.submit(number)
    assert rest_of(scheduler) == [0, 2, 3]
    for number in (4, 5, 6):
        scheduler.submit(number)
    assert rest_of(scheduler) == [4, 5, 6]
    scheduler.close()


@pytest.mark.parametrize("stream", [0, 1, 2], ids=["upload", "engine", "compose"])
def test_what_the_device_fails_with_reaches_the_caller_at_its_frame(stream: int) -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    scheduler.submit(0)
    device.streams[stream].fails_with = SimulatedError("it fell over")
    for number in (1, 2, 3):
        scheduler.submit(number)
    assert scheduler.wait() == (0, 0)
    with pytest.raises(SimulatedError, match="it fell over"):
        scheduler.wait()
    assert rest_of(scheduler) == [2, 3]


def test_a_failure_is_met_by_polling_and_by_submitting_too() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    for number in (0, 1, 2):
        device.streams[1].fails_with = SimulatedError(f"at {number}")
        scheduler.submit(number)
    device.clock.sleep(100)
    with pytest.raises(SimulatedError, match="at 0"):
        scheduler.poll()
    scheduler.submit(3)
    with pytest.raises(SimulatedError, match="at 1"):
        scheduler.submit(4)
    with pytest.raises(SimulatedError, match="at 2"):
        scheduler.wait()
    assert rest_of(scheduler) == [3, 4]


def test_closing_waits_for_the_frames_in_flight_and_lets_go_of_them(device: Device) -> None:
    work = CopyingWork(device)
    slots: list[weakref.ref[CopyingSlot]] = []
    allocate = work.allocate

    def remembered() -> CopyingSlot:
        slot = allocate()
        slots.append(weakref.ref(slot))
        return slot

    work.allocate = remembered  # type: ignore[method-assign]
    scheduler: Scheduler = FrameScheduler(device, work)
    for number in range(5):
        scheduler.submit(number)
    scheduler.close()
    if isinstance(device, SimulatedDevice):
        assert device.clock.now() == UPLOAD + FRAMES_IN_FLIGHT * INFER + COMPOSE
    assert all(slot() is None for slot in slots)
    scheduler.close()
    for use in (lambda: scheduler.submit(5), scheduler.poll, scheduler.wait):
        with pytest.raises(RuntimeError, match="closed"):
            use()


def test_closing_after_a_failure_lets_go_all_the_same() -> None:
    device = SimulatedDevice()
    scheduler = scheduler_of(device)
    device.streams[2].fails_with = SimulatedError("it fell over")
    scheduler.submit(0)
    scheduler.close()
    with pytest.raises(RuntimeError, match="closed"):
        scheduler.wait()
