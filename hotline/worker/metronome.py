"""When to ask which job. APScheduler keeps this in memory only; any number of workers may run at once."""

import logging
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from hotline.clock import Clock
from hotline.worker.journal import trouble
from storage.database import StoreBusy

_THREADS = 12  # most of them wait for the network
_GRACE_S = 1.5  # for work in hand when the process is told to stop


@dataclass(frozen=True)
class Beat:
    """A job and its pace: what is asked every so many seconds, and once at the start."""

    name: str
    seconds: float
    job: Callable[[datetime], object]


class Metronome:
    """Asks every job at its own pace. A job never runs twice at once, and its trouble never stops the others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._idle = threading.Condition()
        self._running = 0
        self._stopped = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_THREADS)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        # It warns whenever a job outlasts its pace, which is the ordinary case of a long recording.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self, beats: Iterable[Beat]) -> None:
        """Begin; every job is asked once at the start."""
        at_once = self._clock()
        for beat in beats:
            self._scheduler.add_job(
                self._ask, "interval", (beat,), seconds=beat.seconds, id=beat.name, next_run_time=at_once
            )
        self._scheduler.start()

    def stop(self) -> bool:
        """Begin nothing more and wait a moment for the work in hand; tell whether it came to its end."""
        with self._idle:
            self._stopped = True
        self._scheduler.shutdown(wait=False)
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout=_GRACE_S)

    def _ask(self, beat: Beat) -> None:
        with self._idle:
            if self._stopped:
                return
            self._running += 1
        try:
            beat.job(self._clock())
        except StoreBusy:
            trouble(beat.name, "the store is busy")
        except Exception as error:  # whatever it is, the next beat tries again
            trouble(beat.name, _named(error))
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()


def _named(error: Exception) -> str:
    """The kind of an error and where it happened. Its words stay out of the log: they may quote a row."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"
