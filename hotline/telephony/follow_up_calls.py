"""The officer's side of a page: what is said to whoever picks up, what the key does, and what the carrier tells."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from sqlalchemy import Connection

from hotline.casework import answers, pages
from hotline.casework.answers import Told
from hotline.casework.page_words import TAGS
from hotline.clock import Clock
from hotline.errors import place_of
from hotline.telephony import twiml
from hotline.telephony.forms import MessageStatusForm, StatusForm, StepForm
from hotline.telephony.gate import CarrierBlueprint
from hotline.telephony.profiles import Profile
from ivr_flows.turn import Speak
from storage.database import Store, StoreBusy

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FollowUpCalls:
    """What these routes work with."""

    store: Store
    clock: Clock
    base_url: str
    profile: Profile

    def said(self, key: str, work: Callable[[Connection], Told | None]) -> Response:
        """Say what `work` tells; where it could not be stored, say that. An unknown page ends the call."""
        try:
            told = self.store.commit(work)
        except StoreBusy:
            told = self._trouble(key)
        except Exception as error:
            _log.error("a page could not be answered: %s", place_of(error))
            told = None
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
                return answers.trouble(connection, key)
        except StoreBusy:
            return None

    def _document(self, key: str, told: Told | None) -> str:
        if told is None:
            return twiml.hang_up()
        speak = Speak(prompt="page", language=told.language, tag=TAGS[told.language], text=told.words)
        if not told.asks:
            return twiml.goodbye([speak], self.base_url, self.profile)
        return twiml.ask(speak, f"{self.base_url}/voice/follow-up/{key}/answer", self.base_url, self.profile)


def add_follow_up_calls(routes: CarrierBlueprint, edge: FollowUpCalls) -> None:
    """The routes that the carrier calls for pages by telephone and by text."""

    @routes.webhook("/voice/follow-up/<key>", StepForm)
    def follow_up_question(_: StepForm, key: str) -> Response:
        return edge.said(key, lambda connection: answers.question(connection, key))

    @routes.webhook("/voice/follow-up/<key>/answer", StepForm)
    def follow_up_answer(form: StepForm, key: str) -> Response:
        return edge.said(key, lambda connection: answers.press(connection, key, form.keys, edge.clock()))

    @routes.webhook("/voice/follow-up/<key>/status", StatusForm)
    def follow_up_status(form: StatusForm, key: str) -> Response:
        return edge.noted(
            lambda connection: pages.heard_of(connection, key, form.call_id, form.status, form.sequence, edge.clock())
        )

    @routes.webhook("/sms/follow-up/<key>/status", MessageStatusForm)
    def follow_up_text_status(form: MessageStatusForm, key: str) -> Response:
        return edge.noted(
            lambda connection: pages.heard_of(connection, key, form.message_id, form.status, None, edge.clock())
        )
