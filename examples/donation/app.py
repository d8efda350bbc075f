"""A donation of any amount, paid without leaving the site: Stripe's Payment Element."""

import os

from flask import Flask, redirect, render_template, request, url_for

from paydesk import Line, Paydesk, ShopError

app = Flask(__name__)
desk = Paydesk(
    app, url_prefix="/give", settings={"PAYDESK_WAYS": "element", "PAYDESK_SHOP_NAME": "The lake"}
)
LEAST, MOST = 1, 5000


@app.get("/")
def home():
    return render_template("donate.html", complaint=None)


@app.post("/donate")
def donate():
    euros = request.form.get("euros", "")
    if not euros.isdecimal() or not LEAST <= int(euros) <= MOST:
        return render_template("donate.html", complaint=f"From €{LEAST} to €{MOST}, please."), 422
    try:
        url = desk.sell(
            [Line("Donation for the lake", int(euros) * 100)],
            currency="eur",
            success_url=url_for("thanks", _external=True),
        )
    except ShopError as error:
        return render_template("donate.html", complaint=error.message), error.status
    return redirect(url, code=303)


@app.get("/thanks")
def thanks():
    return render_template("thanks.html")


if __name__ == "__main__":
    desk.migrate()
    desk.start_worker()
    app.run(port=int(os.environ.get("PORT", "5000")))
