"""A mailbox holds one item, and the newest wins."""

import threading

from pechead_live.pipeline.mailbox import Mailbox


def test_the_newest_item_replaces_the_unread_one_and_is_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in (1, 2, 3):
        mailbox.put(item)
    assert mailbox.take() == 3
    assert mailbox.replaced == 2


def test_an_item_that_was_read_is_not_counted_as_replaced() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.take()
    mailbox.put(2)
    assert mailbox.replaced == 0


def test_an_item_is_read_once() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    assert [mailbox.take(0), mailbox.take(0)] == [1, None]


def test_a_waiting_reader_gives_up_when_its_time_is_over() -> None:
    assert Mailbox[int]().take(timeout=0.01) is None


def test_a_waiting_reader_wakes_for_an_item() -> None:
    mailbox: Mailbox[int] = Mailbox()
    threading.Timer(0.02, mailbox.put, [7]).start()
    assert mailbox.take(timeout=10) == 7


def test_closing_wakes_every_waiting_reader() -> None:
    mailbox: Mailbox[int] = Mailbox()
    taken: list[int | None] = []
    readers = [threading.Thread(target=lambda: taken.append(mailbox.take()), daemon=True) for _ in range(3)]
    for reader in readers:
        reader.start()
    mailbox.close()
    for reader in readers:
        reader.join(timeout=10)
    assert taken == [None, None, None]


def test_the_last_item_can_still_be_read_after_closing() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.close()
    assert not mailbox.exhausted
    assert mailbox.take() == 1
    assert mailbox.exhausted
    assert mailbox.take() is None


def test_nothing_is_taken_in_after_closing() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.close()
    mailbox.put(1)
    assert mailbox.take() is None
