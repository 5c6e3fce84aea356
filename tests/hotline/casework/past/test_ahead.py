"""Reading ahead: the same things in the same order, and nobody left behind when one of the two ends."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from hotline.casework.past.ahead import ReaderLostError, ahead
from hotline.casework.past.described import PastFileError

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # see `alone`


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cores, and no thread beside: other tests may have left one."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("threading.active_count", lambda: 1)


def _made_by(number: int) -> Iterator[tuple[int, int]]:
    for n in range(number):
        yield n, os.getpid()


def test_what_is_made_by_another_process_comes_in_order() -> None:
    with ahead(lambda: _made_by(100)) as found:
        numbers, processes = zip(*found, strict=True)
    assert numbers == tuple(range(100))
    assert set(processes) != {os.getpid()}
    assert multiprocessing.active_children() == []


def test_none_at_all() -> None:
    with ahead(lambda: _made_by(0)) as found:
        assert list(found) == []


@pytest.mark.parametrize(("what", "found"), [("os.cpu_count", 1), ("threading.active_count", 2)])
def test_with_one_core_or_beside_threads_it_is_made_here(
    monkeypatch: pytest.MonkeyPatch, what: str, found: int
) -> None:
    monkeypatch.setattr(what, lambda: found)
    with ahead(lambda: _made_by(3)) as made:
        assert list(made) == [(n, os.getpid()) for n in range(3)]


def test_what_goes_wrong_there_is_raised_here() -> None:
    def breaks() -> Iterator[int]:
        yield 1
        raise PastFileError("The file is gone.")

    with ahead(breaks) as found:
        assert next(found) == 1
        with pytest.raises(PastFileError, match="The file is gone"):
            next(found)


def test_who_has_enough_leaves_no_process_behind() -> None:
    with ahead(lambda: _made_by(10**9)) as found:
        assert next(found)[0] == 0
    assert multiprocessing.active_children() == []


def test_a_reader_that_is_killed_is_no_end_of_the_book() -> None:
    writer = os.getpid()

    def killed() -> Iterator[int]:
        yield 1
        assert os.getpid() != writer
        os.kill(os.getpid(), signal.SIGKILL)

    with ahead(killed) as found:
        assert next(found) == 1
        with pytest.raises(ReaderLostError, match="again"):
            next(found)


@pytest.mark.faults
def test_a_writer_that_is_killed_leaves_no_reader() -> None:
    told, tell = multiprocessing.Pipe(duplex=False)
    writer = multiprocessing.get_context("fork").Process(target=_reads_for_ever, args=(tell,))
    writer.start()
    tell.close()
    assert told.recv() != os.getpid()
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    assert told.poll(30)
    with pytest.raises(EOFError):  # the reader holds this pipe, too: it ends when both are gone
        told.recv()


def _reads_for_ever(tell: Connection) -> None:
    with ahead(lambda: _made_by(10**9)) as found:
        tell.send(next(found)[1])
        for _ in found:
            pass
