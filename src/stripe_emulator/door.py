"""The API's door for the emulator's own hands: seeds and the dashboard's buttons."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask

from stripe_emulator.forms import flat

# In the request's environment, where nobody who comes over the network can put it.
BY_OPERATOR = "stripe_emulator.by_operator"
_KEY = "sk_test_of_the_emulators_operator"


def knock(app: Flask, method: str, path: str, params: dict[str, Any]) -> tuple[int, Any]:
    """Make a call as if over HTTP, past all faults; the status and the JSON that is answered.

    Parameters of paths under /_emulator go as JSON, those of others as Stripe's form fields.
    """
    sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {_KEY}"}}
    if path.startswith("/_emulator/"):
        sent["json"] = params
    elif method == "POST":
        sent["headers"]["Content-Type"] = "application/x-www-form-urlencoded"
        sent["data"] = urlencode(flat(params))
    else:
        sent["query_string"] = urlencode(flat(params))
    with app.test_client() as client:
        answer = client.open(path, method=method, environ_overrides={BY_OPERATOR: True}, **sent)
        return answer.status_code, answer.get_json(silent=True)


def refusal_in(answer: Any) -> str:
    """What an answer that is none says, in Stripe's words."""
    return str((answer or {}).get("error", {}).get("message", ""))
