"""The setup intent of a session: in setup mode from the start, else when a trial begins."""

from stripe_emulator import setting_up
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def new_setup(call: Call, session: Thing, customer: Thing | None) -> Thing:
    """A stored setup intent that knows its session, with its event."""
    data = session["_setup_intent_data"]
    setup = setting_up.new_setup_intent(
        call,
        allowed_payment_method_types=session["allowed_payment_method_types"],
        customer=customer["id"] if customer else None,
        description=data.get("description"),
        excluded_payment_method_types=session.get("excluded_payment_method_types"),
        metadata=data["metadata"],
        payment_method_options=session["payment_method_options"],
        usage="off_session",
    )
    setup["_session"] = session["id"]
    session["_setup_intent"] = setup["id"]
    call.tx.put(setup)
    call.emit("setup_intent.created", setup)
    return setup
