"""The worker process: a metronome over rows. Every truth is a row: a missed beat is late, a crash loses nothing."""

from hotline.worker.process import run

__all__ = ["run"]
