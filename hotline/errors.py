"""What can go wrong, in few classes; each edge turns them into answers once."""

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """The kind of an error and where it happened, for a log. Its words stay out: they may quote a caller."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"


class HotlineError(Exception):
    """Something went wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class SettingsError(HotlineError):
    """A setting is missing or wrong."""


class NotFoundError(HotlineError):
    """There is no such thing, or it is not yours to see."""


class PhoneNumberError(HotlineError):
    """That is not a telephone number that can be used here."""


class StoreUnavailableError(HotlineError):
    """The database did not take the change in time."""


class AccessRefusedError(HotlineError):
    """You may not do this."""


class CarrierError(HotlineError):
    """The carrier did not do what was asked.

    `permanent`: this request can never succeed. `refused`: the account or its token is not accepted (any more).
    `outcome_unknown`: it may have been done all the same. `missing`: it has nothing of that name."""

    def __init__(
        self,
        message: str = "",
        *,
        permanent: bool = False,
        retry_after: int | None = None,
        refused: bool = False,
        outcome_unknown: bool = False,
        missing: bool = False,
    ) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown
        self.permanent = permanent
        self.retry_after = retry_after
        self.refused = refused
        self.missing = missing
