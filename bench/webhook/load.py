"""Sends events, signed as Stripe signs them, on connections that are kept."""

import hashlib
import hmac
import http.client
import threading
import time

SENDERS = 4


def send(port: int, bodies: list[bytes], secret: str) -> float:
    """All of them, by four senders; the seconds it took. Raises if one was not taken."""
    wrong: list[int] = []

    def sender(mine: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for body in mine:
            now = int(time.time())
            text = f"{now}.".encode() + body
            signed = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
            connection.request(
                "POST", "/webhook", body, {"Stripe-Signature": f"t={now},v1={signed}"}
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                wrong.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=sender, args=(bodies[n::SENDERS],)) for n in range(SENDERS)]
    start = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(bodies)} were not taken: {set(wrong)}")
    return time.perf_counter() - start
