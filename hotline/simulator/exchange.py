"""Telephones in another process: `hotline call` executes its own call, while the officers are rung over here."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.leg import Leg
from hotline.simulator.officers import Behaviour

_MOST = 250


@dataclass
class Guest:
    """A telephone that is held in another process. That one notices by itself when its talk is over."""

    leg: Leg

    def met(self) -> None:
        """Somebody is in the room with it."""

    def nudge(self) -> None:
        """Its talk is over."""

    def hang_up(self) -> None:
        """Only its own process can put it down."""

    def redirect(self, url: str) -> None:
        """Only its own process executes its documents."""


def add_exchange(routes: Blueprint, carrier: StandInCarrier) -> None:
    """The routes of a stand-in carrier for the telephones of other processes."""

    @routes.get("/stand-in/officers")
    def officers() -> Response:
        return jsonify({"rings": carrier.rings_by_hand()})

    @routes.post("/stand-in/officers")
    def officer_does() -> Response:
        try:
            behaviour = Behaviour(request.form.get("does", ""))
        except ValueError:
            return Response(status=400)
        told = carrier.officer_does(behaviour)
        carrier.settle_rooms()
        return jsonify({"words": [{"text": one.text, "language": one.language} for one in told]})

    @routes.put("/stand-in/rooms/<room>/<call_id>")
    def enter_room(room: str, call_id: str) -> Response:
        leg = carrier.legs.get(call_id)
        if leg is None:
            return Response(status=404)
        carrier.handsets[call_id] = Guest(leg)
        carrier.enter(leg, room, starts=True, ends=True, most=_MOST)
        carrier.settle_rooms()
        return Response(status=204)

    @routes.delete("/stand-in/rooms/<room>/<call_id>")
    def leave_room(room: str, call_id: str) -> Response:
        leg = carrier.legs.get(call_id)
        if leg is None:
            return Response(status=404)
        carrier.leave(leg, room)
        carrier.handsets.pop(call_id, None)
        carrier.settle_rooms()
        return Response(status=204)

    @routes.delete("/stand-in/calls/<call_id>/others")
    def others_leave(call_id: str) -> Response:
        leg = carrier.legs.get(call_id)
        if leg is None:
            return Response(status=404)
        carrier.others_leave(leg)
        carrier.settle_rooms()
        return Response(status=204)
