"""The smallest app that sells: one button, one price."""

import os

from flask import Flask, redirect

from paydesk import Line, Paydesk

app = Flask(__name__)
desk = Paydesk(app, url_prefix="/pay")


@app.get("/")
def index():
    return '<form method="post" action="/buy"><button>Buy a coffee for €3</button></form>'


@app.post("/buy")
def buy():
    return redirect(desk.sell([Line("Coffee", 300)], currency="eur"), code=303)


@desk.on_paid
def deliver(sale):
    print(f"Order {sale.number} is paid: {sale.total.text()}", flush=True)


if __name__ == "__main__":
    desk.migrate()
    desk.start_worker()
    app.run(port=int(os.environ.get("PORT", "5000")))
