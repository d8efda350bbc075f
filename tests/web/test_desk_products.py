"""Products at the desk: made, changed and read from a sheet as the merchant does it."""

import html as marks
import io
import re

import pytest
from PIL import Image
from sqlalchemy import func, select

from paydesk.catalogue import editing, wanted
from paydesk.catalogue.product import Price, Product
from paydesk.staff.audit import AuditEntry


def fields(html: str, action: str) -> dict[str, str]:
    """What a browser would send of the form with this action."""
    form = next(
        each
        for each in re.findall(r"<form.*?</form>", html, re.DOTALL)
        if f'action="{action}"' in each
    )
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = marks.unescape(value[1]) if value else ""
    areas = r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>'
    found |= {name: marks.unescape(text) for name, text in re.findall(areas, form, re.DOTALL)}
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        assert first
        found[name] = (chosen or first)[1]
    return found


def saved(owner, slug, **changes):
    path = f"/admin/products/{slug}"
    return owner.http.post(path, data={**fields(owner.page(path), path), **changes})


def product(shop, slug):
    with shop.database.transaction() as tx:
        return wanted.as_it_is(editing.find(tx, slug))


def test_the_form_as_it_stands_changes_nothing(owner, shop):
    for slug in ("arduino-board", "breadboard"):
        before = product(shop, slug)
        assert saved(owner, slug).status_code == 303
        assert product(shop, slug) == before
    assert "Nothing was different" in owner.page("/admin/products/breadboard")
    with shop.database.transaction() as tx:
        assert not tx.scalars(select(AuditEntry).where(AuditEntry.what.like("product.%"))).all()


def test_a_new_price_supersedes_the_old_one_and_the_book_knows_who(owner, shop):
    assert saved(owner, "arduino-board", **{"v0-price": "42.50"}).status_code == 303
    page = owner.page("/admin/products/arduino-board")
    assert "$42.50" in page
    assert "$39.00" in page.split("today’s first")[1]
    with shop.database.transaction() as tx:
        noted = tx.scalars(select(AuditEntry).where(AuditEntry.what == "product.changed")).one()
        assert noted.who == owner.email
        assert noted.before == {"BRD-UNO: price": "39.00"}
        assert noted.after == {"BRD-UNO: price": "42.50"}


def test_a_product_is_made_published_and_bought(owner, visitor):
    path = "/admin/products/new"
    form = {**fields(owner.page(path), path), "name": "Lötkolben Nº 5", "v0-price": "12"}
    answer = owner.http.post(path, data={**form, "v0-stock": "3"})
    assert answer.location == "/admin/products/lotkolben-no-5"
    assert "because</span>" not in owner.page(answer.location)
    assert "it is a draft" in owner.page(answer.location)
    assert visitor.http.get("/p/lotkolben-no-5").status_code in (404, 410)
    assert saved(owner, "lotkolben-no-5", visibility="published").status_code == 303
    assert visitor.purchase(visitor.form("/p/lotkolben-no-5")).status_code == 303


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(owner, shop):
    before = product(shop, "breadboard")
    wrong = {
        "name": "",
        "v0-price": "twelve",
        "v1-stock": "-1",
        "v2-sku": "X1",
        "v1-sku": "X1",
        "details": "no colon here",
        "summary": "still here",
    }
    answer = saved(owner, "breadboard", **wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("name", "v0-price", "v1-stock", "details"):
        assert f'href="#f-{name}"' in page, name
        assert f'id="e-{name}"' in page, name
    assert 'value="twelve"' in page
    assert 'value="still here"' in page
    assert product(shop, "breadboard") == before
    rest = {"v2-sku": "X1", "v1-sku": "X1"}
    assert "Another variant has the same number" in saved(owner, "breadboard", **rest).text


def test_somebody_elses_change_is_shown_before_it_is_lost(owner, shop):
    path = "/admin/products/sensor-kit"
    open_form = fields(owner.page(path), path)
    assert saved(owner, "sensor-kit", summary="Theirs").status_code == 303
    answer = owner.http.post(path, data={**open_form, "summary": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert product(shop, "sensor-kit").summary == "Theirs"
    again = {**fields(answer.text, path)}
    assert again["summary"] == "Mine"
    assert owner.http.post(path, data=again).status_code == 303
    assert product(shop, "sensor-kit").summary == "Mine"


def test_what_was_sold_while_the_form_was_open_stays_sold(owner, shop, visitor):
    path = "/admin/products/arduino-board"
    open_form = fields(owner.page(path), path)
    with shop.database.transaction() as tx:
        editing.find(tx, "arduino-board").variants[0].on_hand = 47
    assert owner.http.post(path, data={**open_form, "v0-stock": "60"}).status_code == 303
    assert product(shop, "arduino-board").variants[0].on_hand == 57


def test_stock_is_never_less_than_what_buyers_hold(owner, shop, visitor):
    assert visitor.purchase({**visitor.form(), "quantity": "4"}).status_code == 303
    answer = saved(owner, "arduino-board", **{"v0-stock": "3"})
    assert answer.status_code == 422
    assert "Buyers have 4 of it reserved" in answer.text
    assert saved(owner, "arduino-board", **{"v0-stock": "4"}).status_code == 303


def test_two_variants_may_exchange_their_numbers(owner, shop):
    assert saved(owner, "breadboard", **{"v0-sku": "A", "v1-sku": "B"}).status_code == 303
    assert saved(owner, "breadboard", **{"v0-sku": "B", "v1-sku": "A"}).status_code == 303
    assert [each.sku for each in product(shop, "breadboard").variants[:2]] == ["B", "A"]


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 50), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


def sends_picture(owner, data, alt="A board on a table", name="p.png"):
    sent = {"csrf_token": owner.token(), "alt": alt, "picture": (io.BytesIO(data), name)}
    return owner.http.post("/admin/products/sensor-kit/pictures", data=sent)


def test_a_picture_is_written_anew_and_shown(owner, shop, visitor):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    hidden = picture("JPEG", exif=exif.tobytes()) + b"<script>alert(1)</script>"
    assert sends_picture(owner, hidden, name="../../evil.php").status_code == 303
    with shop.database.transaction() as tx:
        kept = editing.find(tx, "sensor-kit").pictures[-1]
    data = (shop.settings.data_dir / kept.file).read_bytes()
    assert re.fullmatch(r"media/[0-9a-f]{32}\.webp", kept.file)
    assert b"script" not in data
    assert b"taken at home" not in data
    with Image.open(io.BytesIO(data)) as read:
        assert (read.format, read.size) == ("WEBP", (40, 50))
    assert "A board on a table" in owner.page("/admin/products/sensor-kit")
    with visitor.http.get(f"/{kept.file}") as shown:
        assert shown.status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"GIF89a" + b"\0" * 50,
        picture()[:60],
        b"",
    ],
)
def test_what_is_no_picture_is_refused(owner, shop, data):
    answer = sends_picture(owner, data)
    assert answer.status_code == 422
    assert "can be read" in answer.text
    assert not list((shop.settings.data_dir / "media").glob("*"))


def test_a_picture_that_unfolds_without_end_is_refused(owner):
    bomb = picture(size=(9000, 9000))
    assert len(bomb) < 1_000_000
    assert "million at most" in sends_picture(owner, bomb).text


def test_a_picture_larger_than_allowed_is_not_even_read(owner):
    answer = owner.http.post(
        "/admin/products/sensor-kit/pictures",
        data=b"--x\r\n" + b"x" * 9_000_000,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_who_may_only_look_changes_nothing(reader, clerk, shop):
    path = "/admin/products/arduino-board"
    for who in (reader, clerk):
        page = who.page(path)
        assert "save-bar" not in page
        form = {**fields(page, path), "v0-price": "1"}
        assert who.http.post(path, data=form).status_code == 403
    assert product(shop, "arduino-board").variants[0].terms.price.minor == 3900


def test_a_sheet_exported_and_imported_changes_nothing(owner, shop):
    sheet = owner.http.get("/admin/products/export.csv").data
    answer = plans(owner, sheet)
    assert "nothing to do" in answer.text


def plans(owner, sheet):
    sent = {"csrf_token": owner.token(), "sheet": (io.BytesIO(sheet), "products.csv")}
    return owner.http.post("/admin/products/import", data=sent)


def test_a_sheet_is_shown_first_and_done_when_agreed(owner, shop):
    sheet = owner.http.get("/admin/products/export.csv").data.decode("utf-8-sig")
    answer = plans(owner, sheet.replace("39.00", "41.00").encode())
    assert "41.00" in answer.text
    assert product(shop, "arduino-board").variants[0].terms.price.minor == 3900
    agreed = fields(answer.text, "/admin/products/import/apply")
    agreed["text"] = (
        agreed["text"].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    )
    assert owner.http.post("/admin/products/import/apply", data=agreed).status_code == 303
    assert product(shop, "arduino-board").variants[0].terms.price.minor == 4100
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).where(Price.superseded_at.is_not(None))) >= 1


def test_an_old_address_leads_to_the_new_one_until_another_product_takes_it(owner, shop, visitor):
    def leads(slug):
        answer = visitor.http.get(f"/p/{slug}?currency=usd")
        return answer.status_code, answer.headers.get("Location", "").partition("/p/")[2]

    for new in ("starter-board", "first-board"):
        old = "arduino-board" if new == "starter-board" else "starter-board"
        assert saved(owner, old, product=new).status_code == 303
    for old in ("arduino-board", "starter-board"):
        assert leads(old) == (301, "first-board?currency=usd")
    # Back where it was: an address it has is none it has left.
    assert saved(owner, "first-board", product="starter-board").status_code == 303
    assert leads("starter-board") == (200, "")
    assert leads("first-board") == (301, "starter-board?currency=usd")
    # An older sheet means the product that was there, and does not make a second one.
    sheet = b"product,name\r\narduino-board,First Board\r\n"
    answer = plans(owner, sheet)
    agreed = fields(answer.text, "/admin/products/import/apply")
    assert owner.http.post("/admin/products/import/apply", data=agreed).status_code == 303
    assert product(shop, "starter-board").name == "First Board"
    for first, second in (("starter-board", "arduino-board"), ("arduino-board", "starter-board")):
        both = plans(owner, f"product,name\r\n{first},A\r\n{second},B\r\n".encode())
        assert "once under an old address of it" in both.text
    # A draft's address is nobody's business; another product takes the old one.
    assert saved(owner, "starter-board", visibility="draft").status_code == 303
    assert leads("arduino-board") == (404, "")
    assert saved(owner, "breadboard", product="arduino-board").status_code == 303
    assert leads("arduino-board") == (200, "")
    assert leads("breadboard") == (301, "arduino-board?currency=usd")


def test_a_bad_row_names_line_and_column_and_nothing_is_half_written(owner, shop):
    sheet = (
        b"product,name,price,stock\r\n"
        b"arduino-board,Another name,1.00,5\r\n"
        b"brand-new,Brand New,free,5\r\n"
    )
    answer = plans(owner, sheet)
    row = re.search(r"<tr><td[^>]*>3</td><td>price</td><td>(.*?)</td>", answer.text)
    assert row
    assert "free" in row[1]
    agreed = {"csrf_token": owner.token(), "text": sheet.decode(), "seen": "x"}
    assert owner.http.post("/admin/products/import/apply", data=agreed).status_code == 422
    assert product(shop, "arduino-board").name == "Arduino Board"
    with shop.database.transaction() as tx:
        assert tx.scalars(select(Product).where(Product.slug == "brand-new")).one_or_none() is None


def test_products_that_changed_since_the_differences_were_shown_are_shown_again(owner, shop):
    answer = plans(owner, b"product,name\r\nsensor-kit,Many Sensors\r\n")
    agreed = fields(answer.text, "/admin/products/import/apply")
    saved(owner, "sensor-kit", name="Sensors")
    answer = owner.http.post("/admin/products/import/apply", data=agreed)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert product(shop, "sensor-kit").name == "Sensors"


def test_categories_are_made_filled_and_only_removed_empty(owner, shop, visitor):
    path = "/admin/products/categories"
    assert owner.sends(path, {"name": "Für Kinder"}).status_code == 303
    assert owner.sends(path, {"name": "Für Kinder"}).status_code == 409
    assert saved(owner, "sensor-kit", category="fur-kinder").status_code == 303
    assert "Sensor Kit" in visitor.http.get("/c/fur-kinder").text
    assert owner.sends(f"{path}/fur-kinder", {"do": "remove"}).status_code == 409
    assert saved(owner, "sensor-kit", category="").status_code == 303
    assert owner.sends(f"{path}/fur-kinder", {"do": "remove"}).status_code == 303


def test_the_list_finds_by_words_and_state(owner):
    assert "Sensor Kit" in owner.page("/admin/products?words=SENS")
    assert "No product matches" in owner.page("/admin/products?words=nothing-like-it")
    assert "No product matches" in owner.page("/admin/products?show=draft&words=sensor")
