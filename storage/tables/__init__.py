"""The tables, one file per noun. Columns and constraints only."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage.tables.audit import AuditCheckpoint, AuditHead, AuditRow
from storage.tables.calls import Call, Recording, SealedNumber, Step, Text, Tombstone
from storage.tables.follow_ups import FollowUp, Page
from storage.tables.months import (
    DayCount,
    Incident,
    MonthCaller,
    MonthClosing,
    MonthCount,
    MonthEntry,
    MonthKey,
    PeriodicRun,
    ProvinceIssue,
)
from storage.tables.numbers import CallBack, Reveal
from storage.tables.past import Baseline, CallBook
from storage.tables.people import ConsoleSession, Grant, Officer, Shift, SignInAttempt
from storage.tables.places import FlowVersion, Line, Place, Unit
from storage.tables.prompts import FlowPublication, PromptChoice, PromptSound, PromptTake
from storage.tables.reports import (
    Classification,
    Receipt,
    ReceiptAttempt,
    Report,
    ReportCall,
    ReportNumber,
)
from storage.tables.ringings import OfficerLeg, Ringing
from storage.tables.roster import CallOfficer, Handover, RosterException, ShiftPattern
from storage.tables.work import Alarm, Heartbeat, Outbox
from storage.tables.work_on_reports import Measure, Note, Person, ReportEvent, Transfer


def _table(row: type[SQLModel]) -> Table:
    return cast(Table, row.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it


units = _table(Unit)
lines = _table(Line)
places = _table(Place)
flow_versions = _table(FlowVersion)
calls = _table(Call)
steps = _table(Step)
sealed_numbers = _table(SealedNumber)
recordings = _table(Recording)
texts = _table(Text)
tombstones = _table(Tombstone)
reports = _table(Report)
report_numbers = _table(ReportNumber)
report_calls = _table(ReportCall)
classifications = _table(Classification)
receipts = _table(Receipt)
receipt_attempts = _table(ReceiptAttempt)
officers = _table(Officer)
grants = _table(Grant)
console_sessions = _table(ConsoleSession)
sign_in_attempts = _table(SignInAttempt)
shifts = _table(Shift)
shift_patterns = _table(ShiftPattern)
roster_exceptions = _table(RosterException)
handovers = _table(Handover)
call_officers = _table(CallOfficer)
outbox = _table(Outbox)
heartbeats = _table(Heartbeat)
alarms = _table(Alarm)
audit_rows = _table(AuditRow)
audit_head = _table(AuditHead)
audit_checkpoints = _table(AuditCheckpoint)
report_events = _table(ReportEvent)
notes = _table(Note)
persons = _table(Person)
measures = _table(Measure)
transfers = _table(Transfer)
follow_ups = _table(FollowUp)
pages = _table(Page)
baselines = _table(Baseline)
call_books = _table(CallBook)
day_counts = _table(DayCount)
month_counts = _table(MonthCount)
incidents = _table(Incident)
month_entries = _table(MonthEntry)
month_closings = _table(MonthClosing)
periodic_runs = _table(PeriodicRun)
province_issues = _table(ProvinceIssue)
month_keys = _table(MonthKey)
month_callers = _table(MonthCaller)
call_backs = _table(CallBack)
reveals = _table(Reveal)
prompt_sounds = _table(PromptSound)
prompt_takes = _table(PromptTake)
prompt_choices = _table(PromptChoice)
flow_publications = _table(FlowPublication)
ringings = _table(Ringing)
officer_legs = _table(OfficerLeg)
