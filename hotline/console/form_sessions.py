"""Flask's own session, which holds the forms' tokens and nothing else."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class FormSessions(SecureCookieSessionInterface):
    """Nothing is looked for where no cookie came: a carrier never brings one, and its requests are to be quick."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "Cookie" not in request.headers:
            return self.session_class()
        return super().open_session(app, request)
