"""What goes on around a caller who holds the line: the worker rings, telephones do what their owners do."""

from hotline.simulator.phone_call import PhoneCall
from tests.stories.conftest import Commune

_LONGEST = 60  # looks in a row; a caller is never held for longer


def a_moment(commune: Commune, call: PhoneCall | None = None) -> None:
    """The worker's half second, and the carrier's answer to it; then the caller's next look, two seconds later."""
    now = commune.clock()
    commune.ringing.make_way(now)
    commune.carrier.connect()
    commune.ringing.ring(now)
    commune.carrier.connect()
    commune.ringing.let_go(now)
    commune.carrier.connect()
    if call is not None and call.awaits in ("hold", "officer"):
        commune.clock.goes_on(seconds=2)
        call.wait()


def help_comes(commune: Commune, call: PhoneCall) -> None:
    """Until the caller talks, records, or is spoken to; or until a telephone rings that is held by hand."""
    for _ in range(_LONGEST):
        if call.awaits != "hold":
            return
        a_moment(commune, call)
    raise AssertionError("the caller is held for ever")
