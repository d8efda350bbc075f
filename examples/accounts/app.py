"""Accounts, and pages for members who pay by the month: Flask-SQLAlchemy beside Paydesk."""

import os

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from paydesk import Line, Paydesk


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
csrf = CSRFProtect()
pages = Blueprint("pages", __name__)
# In the host's own database, beside its tables; ours begin with paydesk_.
desk = Paydesk(db=db, url_prefix="/pay")


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    is_member: Mapped[bool] = mapped_column(default=False)


class Application(Base):
    """Written in one transaction with the order it belongs to."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]


def create_app(**config):
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.environ.get("SECRET_KEY", "for development alone"),
        SQLALCHEMY_DATABASE_URI=os.environ.get("DATABASE_URL", "sqlite:///accounts.sqlite3"),
    )
    app.config.update(config)
    db.init_app(app)
    # Before Paydesk, so that Stripe's webhook is left out of it.
    csrf.init_app(app)
    desk.init_app(app)
    app.register_blueprint(pages)
    with app.app_context():
        db.create_all()
    return app


@desk.on_subscription_active
def let_in(sale):
    set_membership(sale.reference, is_member=True)


@desk.on_subscription_ended
def show_out(sale):
    set_membership(sale.reference, is_member=False)


def set_membership(reference, *, is_member):
    # Handlers run within the app's context, so db.session is at hand. Setting a flag twice does
    # no harm, so it does not matter if the handler is run again.
    user = db.session.get(User, int(reference.removeprefix("member-")))
    user.is_member = is_member
    db.session.commit()


def current_user():
    number = session.get("user")
    return db.session.get(User, number) if number else None


@pages.get("/")
def home():
    user = current_user()
    order = desk.order(f"member-{user.id}") if user else None
    return render_template("home.html", user=user, order_link=desk.link(order) if order else None)


@pages.post("/register")
def register():
    email, password = request.form["email"], request.form["password"]
    if db.session.query(User).filter_by(email=email).first():
        flash("There is an account with that address.")
    else:
        user = User(email=email, password=generate_password_hash(password))
        db.session.add(user)
        db.session.commit()
        session["user"] = user.id
    return redirect(url_for("pages.home"), code=303)


@pages.post("/sign-in")
def sign_in():
    user = db.session.query(User).filter_by(email=request.form["email"]).first()
    if user and check_password_hash(user.password, request.form["password"]):
        session["user"] = user.id
    else:
        flash("That is not right.")
    return redirect(url_for("pages.home"), code=303)


@pages.post("/sign-out")
def sign_out():
    session.pop("user", None)
    return redirect(url_for("pages.home"), code=303)


@pages.post("/join")
def join():
    user = current_user()
    if user is None:
        return redirect(url_for("pages.home"), code=303)
    db.session.add(Application(user_id=user.id))
    url = desk.sell(
        [Line("Membership", 900, interval="month")],
        currency="eur",
        reference=f"member-{user.id}",
        email=user.email,
        success_url=url_for("pages.home", _external=True),
        cancel_url=url_for("pages.home", _external=True),
        session=db.session,
    )
    return redirect(url, code=303)


@pages.get("/members")
def members():
    user = current_user()
    if user is None or not user.is_member:
        flash("That page is for members.")
        return redirect(url_for("pages.home"), code=303)
    return render_template("members.html", user=user)


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        desk.migrate()
        desk.start_worker()
    app.run(port=int(os.environ.get("PORT", "5000")))
