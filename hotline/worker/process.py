"""The process around the jobs: what it is built of, how it begins, and how it ends within two seconds."""

import logging
import os
import threading

from hotline.clock import Clock, system_clock
from hotline.ending import end_when_told
from hotline.settings import Settings
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import AuditJobs, CarrierJobs, HomeJobs
from hotline.worker.journal import event
from hotline.worker.metronome import Beat, Metronome
from hotline.worker.months import MonthJobs
from hotline.worker.paging import PagingJobs, channels_of, mail_of
from hotline.worker.ringing import RingingJobs
from storage.database import Store, open_store
from storage.sealing import ApplicationSecret
from storage.vault import Vault


def run(settings: Settings, stop: threading.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until `stop` is set; then end within two seconds."""
    stopping = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        end_when_told(stopping.set)
    store, vault = open_store(settings.database_url), Vault(settings.recordings_url)
    vault.remove_leftovers()
    metronome = Metronome(system_clock)
    metronome.start(beats(settings, store, vault, stopping, system_clock))
    event("started", carrier=bool(settings.twilio_account_sid))
    stopping.wait()
    if not metronome.stop():
        _end_in_mid_work()
    store.close()
    event("stopped")


def beats(settings: Settings, store: Store, vault: Vault, stopping: threading.Event, clock: Clock) -> list[Beat]:
    """All jobs; without a carrier account, those that need none."""
    secret = ApplicationSecret(settings.application_secret)
    carrier = _carrier(settings)
    paging = PagingJobs(store, secret, channels_of(settings, carrier), stopping)
    months = MonthJobs(store, secret, settings.hotline_public_url, mail_of(settings), stopping)
    at_home = HomeJobs(store, vault).beats() + AuditJobs(store, secret).beats() + paging.beats() + months.beats()
    if carrier is None:
        return at_home
    ringing = RingingJobs(store, secret, carrier, settings.hotline_public_url, clock, stopping)
    outside = CarrierJobs(store, vault, carrier, settings.hotline_carrier, secret, clock, stopping)
    return at_home + outside.beats() + ringing.beats()


def _carrier(settings: Settings) -> CarrierClient | None:
    if not settings.twilio_account_sid:
        return None
    token = settings.twilio_auth_token.get_secret_value()
    return CarrierClient(settings.twilio_api_url, settings.twilio_account_sid, token)


def _end_in_mid_work() -> None:
    """End at once, as a crash would: a thread that waits for the carrier cannot be ended otherwise.

    Nothing is lost by it; leases run out and the work begins anew."""
    event("stopped in mid-work")
    logging.shutdown()
    os._exit(0)
