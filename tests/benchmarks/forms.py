"""How long a month takes in each form, and what memory a long list of calls takes.

The list is weighed twice, ten times as long the second time: what matters is that it does not grow with the list."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from hotline.casework.call_log import CallRow
from hotline.casework.statistics.printed import Document
from hotline.casework.statistics.printed_month import monthly_document
from hotline.forms.calls_xlsx import write_calls
from hotline.forms.csv_file import write_csv
from hotline.forms.pdf_file import write_pdf
from hotline.forms.xlsx_file import write_xlsx
from tests.hotline.forms.months import TYPICAL

ROUNDS, FEW, MANY = 5, 10_000, 100_000


@dataclass(frozen=True, slots=True)
class FormsMeasured:
    """Seconds for one month, medians of some rounds, and for the first PDF of a process; of the list of calls the
    seconds and by how many MiB the process had grown."""

    first_pdf_s: float
    pdf_s: float
    xlsx_s: float
    csv_s: float
    calls_s: float
    calls_few_mib: float
    calls_many_mib: float


def measure() -> FormsMeasured:
    """Everything once; the lists in processes of their own, whose memory is theirs alone."""
    document = monthly_document(TYPICAL, "vi")
    first = _seconds(write_pdf, document)
    few, many = _list_of(FEW), _list_of(MANY)
    return FormsMeasured(
        first_pdf_s=first,
        pdf_s=_often(write_pdf, document),
        xlsx_s=_often(write_xlsx, document),
        csv_s=_often(write_csv, document),
        calls_s=many[0],
        calls_few_mib=few[1],
        calls_many_mib=many[1],
    )


def _often(write: Callable[[Document], bytes], document: Document) -> float:
    return median(_seconds(write, document) for _ in range(ROUNDS))


def _seconds(write: Callable[[Document], bytes], document: Document) -> float:
    began = time.perf_counter()
    write(document)
    return time.perf_counter() - began


def _list_of(calls: int) -> tuple[float, float]:
    """Seconds and MiB that a process of its own took for so many calls."""
    command = [sys.executable, "-m", "tests.benchmarks.forms", str(calls)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


def _write_a_list(calls: int) -> tuple[float, float]:
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading the modules
    before, began = _peak_mib(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        write_calls(_invented(calls), Path(folder) / "calls.xlsx")
    return time.perf_counter() - began, _peak_mib() - before


def _invented(calls: int) -> Iterator[CallRow]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(calls):
        at = start + timedelta(minutes=5 * number)
        yield CallRow(
            id=number + 1,
            carrier_call_id=f"CA{number:032x}",
            line="+842101234567",
            started_at=at,
            ended_at=at + timedelta(seconds=127),
            duration_s=127,
            language="vi",
            kind="admin",
            category="ADM-REST",
            outcome="answered_by_ivr",
            privacy="confidential",
            flow="keychain",
            flow_version="f" * 64,
            steps=5,
            hung_up_at=None,
            recordings=(),
            report=None,
        )


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    print(*_write_a_list(int(sys.argv[1])))
