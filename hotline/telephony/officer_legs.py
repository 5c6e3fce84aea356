"""The officer's side of being rung for a caller: the question, the key, the room where the two meet, and its end."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from sqlalchemy import Connection

from hotline.casework import leg_answers, officer_legs
from hotline.casework.leg_answers import Told
from hotline.casework.page_words import TAGS
from hotline.clock import Clock
from hotline.errors import place_of
from hotline.telephony import twiml
from hotline.telephony.forms import StatusForm, StepForm
from hotline.telephony.gate import CarrierBlueprint
from hotline.telephony.profiles import Profile
from ivr_flows.turn import Speak
from storage.database import Store, StoreBusy

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OfficerLegs:
    """What these routes work with."""

    store: Store
    clock: Clock
    base_url: str
    profile: Profile

    def said(self, key: str, work: Callable[[Connection], Told | None]) -> Response:
        """Say what `work` tells. Where it could not be stored the officer hears so: the caller is not lost by it,
        since the other telephones ring on. Nothing to say ends the call."""
        try:
            told = self.store.commit(work)
        except StoreBusy:
            told = self._trouble(key)
        except Exception as error:
            _log.error("an officer could not be answered: %s", place_of(error))
            told = self._trouble(key)
        return Response(self._document(key, told), mimetype="text/xml")

    def noted(self, work: Callable[[Connection], None]) -> Response:
        """204 once it is stored, else 503: the carrier is asked where it matters."""
        try:
            self.store.commit(work)
        except StoreBusy:
            return Response(status=503)
        return Response(status=204)

    def _trouble(self, key: str) -> Told | None:
        try:
            with self.store.read() as connection:
                return leg_answers.trouble(connection, key)
        except Exception:
            return None

    def _document(self, key: str, told: Told | None) -> str:
        if told is None:
            return twiml.hang_up()
        speak = Speak(prompt="officer", language=told.language, tag=TAGS[told.language], text=told.words)
        here = f"{self.base_url}/voice/officer-leg/{key}"
        if told.room:
            return twiml.meet(speak, told.room, f"{here}/spoken", self.base_url, self.profile)
        if told.asks:
            return twiml.ask(speak, f"{here}/answer", self.base_url, self.profile)
        return twiml.goodbye([speak], self.base_url, self.profile)


def add_officer_legs(routes: CarrierBlueprint, edge: OfficerLegs) -> None:
    """The routes that the carrier calls for officers who are rung together."""

    @routes.webhook("/voice/officer-leg/<key>", StepForm)
    def officer_question(form: StepForm, key: str) -> Response:
        return edge.said(key, lambda connection: leg_answers.question(connection, key, form.call_id, edge.clock()))

    @routes.webhook("/voice/officer-leg/<key>/answer", StepForm)
    def officer_answer(form: StepForm, key: str) -> Response:
        return edge.said(key, lambda connection: leg_answers.press(connection, key, form.keys, edge.clock()))

    @routes.webhook("/voice/officer-leg/<key>/spoken", StepForm)
    def officer_spoken(_: StepForm, key: str) -> Response:
        return edge.said(key, lambda connection: leg_answers.spoken(connection, key, edge.clock()))

    @routes.webhook("/voice/officer-leg/<key>/status", StatusForm)
    def officer_leg_status(form: StatusForm, key: str) -> Response:
        def work(connection: Connection) -> None:
            officer_legs.heard_of(
                connection, key, form.call_id, form.status, form.sequence, edge.clock(), over=form.final
            )

        return edge.noted(work)
