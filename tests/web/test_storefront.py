"""The pages of the catalogue: lists, search, a product, and what is told to search engines."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from paydesk.business import demonstration as sellers
from paydesk.business import shop as facts
from paydesk.catalogue import product as products
from paydesk.catalogue.category import Category
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import Product, Visibility, add_variant, change_price
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money


def page(visitor, path: str, status: int = 200, **headers: str) -> str:
    answer = visitor.http.get(path, headers=headers)
    assert answer.status_code == status, answer.status
    return str(answer.get_data(as_text=True))


def cards(html: str) -> list[str]:
    """The names on the cards, in their order."""
    return re.findall(r'<h[23] class="name">(.*?)</h[23]>', html)


def card(html: str, name: str) -> str:
    found = [each for each in re.findall(r"<article.*?</article>", html, re.DOTALL) if name in each]
    return str(found[0])


@pytest.fixture
def many(shop, clock):
    """Thirty products in a category of their own, one cent dearer each, the even ones sold out."""
    with shop.database.transaction() as tx:
        tx.add(Category(id="cat_m", slug="many", name="Ménage", created_at=clock.now()))
        tx.flush()
        for number in range(30):
            product = Product(
                id=new_id("prd"),
                slug=f"thing-{number}",
                name=f"Thing {number:02}",
                category_id="cat_m",
                visibility=Visibility.PUBLISHED,
                position=100 + number,
                created_at=clock.now() + timedelta(minutes=number),
            )
            tx.add(product)
            on_hand = 0 if number % 2 == 0 else 9
            add_variant(tx, product, Money(100 + number, "usd"), clock, name="", on_hand=on_hand)


def change(shop, statement: str) -> None:
    with shop.database.transaction() as tx:
        tx.execute(text(statement))


def test_an_empty_shop_opens_soon(visitor, shop):
    change(shop, "UPDATE paydesk_products SET visibility = 'draft'")
    assert "Opening soon" in page(visitor, "/")
    assert "nothing for sale" in page(visitor, "/search")


def test_the_front_shows_what_is_recommended_apart_from_what_is_new(visitor, shop):
    change(shop, "UPDATE paydesk_products SET is_featured = (slug = 'sensor-kit')")
    html = page(visitor, "/")
    assert cards(html)[0] == "Sensor Kit"
    assert cards(html).count("Sensor Kit") == 1


def test_a_category_lists_its_products_with_a_way_back(visitor, many):
    html = page(visitor, "/c/many")
    assert "<h1>Ménage</h1>" in html
    assert "30 products" in html
    assert cards(html) == [f"Thing {number:02}" for number in range(24)]
    assert 'aria-label="Breadcrumb"' in html
    assert re.search(r'href="/c/many" aria-current="page"', html)


def test_a_list_goes_on_over_real_links(visitor, many):
    first = page(visitor, "/c/many?sort=-price")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = page(visitor, following[1].replace("&amp;", "&"))
    assert cards(first)[0] == "Thing 29"
    assert cards(second) == [f"Thing {number:02}" for number in reversed(range(6))]
    assert "Page 2 of 2" in second
    for wrong in ("3", "0", "x", "99999999999"):
        page(visitor, f"/c/many?page={wrong}", 404)


def test_a_list_is_arranged_as_asked(visitor, many):
    assert cards(page(visitor, "/c/many?sort=newest"))[0] == "Thing 29"
    assert cards(page(visitor, "/search?sort=name"))[0] == "Arduino Board"
    in_stock = page(visitor, "/c/many?stock=1")
    assert "15 products" in in_stock
    assert "Thing 00" not in in_stock
    assert cards(page(visitor, "/c/many?sort=nonsense"))[0] == "Thing 00"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("arduino", "Arduino Board"),
        ("BOARD", "Breadboard"),
        ("menage thing 03", "Thing 03"),
        ("MÉNAGE 03", "Thing 03"),
        ("senses", "Sensor Kit"),
        ("contacts 830", "Breadboard"),
        ("w-pin", "Jumper Wires"),
    ],
)
def test_a_search_finds_by_parts_of_words(visitor, shop, many, query, found):
    with shop.database.transaction() as tx:
        products.by_slug(tx, "jumper-wires").variants[0].sku = "W-PIN-1"
    assert found in cards(page(visitor, f"/search?q={query}"))


def test_the_likeliest_comes_first(visitor):
    assert cards(page(visitor, "/search?q=bread"))[0] == "Breadboard"


@pytest.mark.parametrize("query", ["%25", "_", "'", '"', "\\", "*", "a" * 500, "<script>x"])
def test_no_sign_means_anything_in_a_search(visitor, query):
    html = page(visitor, f"/search?q={query}")
    assert "Nothing was found" in html
    assert "<script>" not in html


def test_who_finds_nothing_is_told_the_words_and_what_they_may_have_meant(visitor):
    html = page(visitor, "/search?q=ardiuno")
    assert "Nothing was found for “ardiuno”" in html
    assert len(cards(html)) == 3
    assert cards(html)[0] == "Arduino Board"


def test_a_card_tells_what_is_sold_out_reserved_and_nearly_gone(visitor, shop):
    with shop.database.transaction() as tx:
        for slug, on_hand, held in (
            ("arduino-board", 0, 0),
            ("sensor-kit", 2, 2),
            ("soldering-iron", 4, 1),
        ):
            variant = products.by_slug(tx, slug).variants[0]
            variant.on_hand, variant.held = on_hand, held
    html = page(visitor, "/search")
    assert "Sold out" in card(html, "Arduino Board")
    assert "Reserved" in card(html, "Sensor Kit")
    assert "3 left" in card(html, "Soldering Iron")
    assert "left" not in card(html, "Workshop Mug")
    assert "from $4.90" in card(html, "Breadboard")


def test_what_is_kept_of_a_page_never_outlives_a_change(visitor, shop, clock):
    with shop.database.transaction() as tx:
        change_price(
            tx, products.by_slug(tx, "arduino-board").variants[0], Money(100, "usd"), clock
        )
    assert "$1.00" in card(page(visitor, "/search"), "Arduino Board")
    for statement, seen in (
        (
            "UPDATE paydesk_products SET name = 'Arduino Bored' WHERE slug = 'arduino-board'",
            "Bored",
        ),
        ("UPDATE paydesk_variants SET on_hand = 0, held = 0", "Sold out"),
        ("UPDATE paydesk_variants SET on_hand = 4", "4 left"),
        ("UPDATE paydesk_variants SET held = 2", "2 left"),
        ("UPDATE paydesk_variants SET low_stock_at = 1", "Arduino"),
    ):
        change(shop, statement)
        assert seen in card(page(visitor, "/search"), "Arduino")
    assert "left" not in card(page(visitor, "/search"), "Arduino")


def test_a_cut_price_names_the_lowest_of_thirty_days_as_long_as_it_is_news(visitor, shop, clock):
    clock.travel(timedelta(days=40))
    with shop.database.transaction() as tx:
        board = products.by_slug(tx, "arduino-board").variants[0]
        change_price(tx, board, Money(3200, "usd"), clock)
    told = "Lowest price of the 30 days before: $39.00"
    assert told in page(visitor, "/p/arduino-board")
    assert told in page(visitor, "/")
    clock.travel(timedelta(days=29, hours=23))
    assert told in page(visitor, "/")
    clock.travel(timedelta(hours=2))
    assert told not in page(visitor, "/p/arduino-board")
    assert told not in page(visitor, "/")


def test_every_picture_has_its_thumbnail_and_a_link_of_its_own(visitor, shop):
    with shop.database.transaction() as tx:
        board = products.by_slug(tx, "arduino-board")
        board.pictures.append(
            Picture(id="pic_3", position=5, file="media/back.webp", alt="Its back")
        )
    html = page(visitor, "/p/arduino-board")
    assert html.count("data-full=") == 3
    shown = re.search(r"<img[^>]*data-shown>", page(visitor, "/p/arduino-board?picture=3"))
    assert shown is not None
    assert 'src="/media/back.webp" alt="Its back"' in shown[0]
    for wrong in ("4", "-1", "x"):
        page(visitor, f"/p/arduino-board?picture={wrong}")


def test_a_product_shows_its_details_and_each_variant(visitor, shop):
    with shop.database.transaction() as tx:
        breadboard = products.by_slug(tx, "breadboard")
        breadboard.details = [["Contacts", "nickel & silver"]]
        breadboard.options = ["Size"]
    html = page(visitor, "/p/breadboard")
    assert re.search(r'<th scope="row">Contacts</th><td>nickel &amp; silver</td>', html)
    assert "<legend>Size</legend>" in html
    sold = re.search(r'<label class="gone">.*?</label>', html, re.DOTALL)
    assert sold is not None
    assert "1660 contacts" in sold[0]
    assert "Sold out" in sold[0]
    assert "disabled" in sold[0]


def test_what_was_on_sale_once_is_gone_with_ways_on(visitor, shop):
    change(shop, "UPDATE paydesk_products SET visibility = 'hidden' WHERE slug = 'sensor-kit'")
    html = page(visitor, "/p/sensor-kit", 410)
    assert "Sensor Kit is no longer on sale" in html
    assert len(cards(html)) == 3
    change(shop, "UPDATE paydesk_products SET visibility = 'draft' WHERE slug = 'sensor-kit'")
    assert "Sensor Kit" not in page(visitor, "/p/sensor-kit", 404)
    page(visitor, "/p/nothing", 404)
    page(visitor, "/c/nothing", 404)


@pytest.mark.parametrize("visibility", ["draft", "hidden"])
def test_the_staff_sees_what_is_not_on_sale_as_it_would_be(visitor, reader, shop, visibility):
    change(
        shop, f"UPDATE paydesk_products SET visibility = '{visibility}' WHERE slug = 'multimeter'"
    )
    answer = reader.http.get("/p/multimeter?picture=2")
    assert answer.status_code == 200
    assert "only the staff sees it" in answer.text
    assert "create-checkout-session" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex, follow">' in answer.text
    assert "$39.00" in answer.text
    assert visitor.http.get("/p/multimeter").status_code in (404, 410)
    change(shop, "UPDATE paydesk_prices SET superseded_at = active_from")
    assert "No price yet" in reader.http.get("/p/multimeter").text


def test_beside_a_price_stands_what_it_includes_and_what_comes_on_top(visitor, shop, clock):
    assert "plus shipping" not in page(visitor, "/p/arduino-board")
    with shop.database.transaction() as tx:
        sellers.load(tx, clock)
    board = page(visitor, "/p/arduino-board")
    assert "incl. VAT, plus shipping, from $4.90" in board
    assert "Arrives in 1 to 3 working days in Germany." in board
    assert "14 days to change your mind" in board
    book = page(visitor, "/p/first-circuits")
    assert "plus shipping" not in book
    assert "14 days" not in book
    assert "A file to download as soon as it is paid." in book
    # A subscription is charged as it stands there, each time.
    club = page(visitor, "/p/parts-club")
    assert "incl. VAT" in club
    assert "shipping," not in club
    assert "Arrives" not in club
    front = page(visitor, "/")
    assert "incl. VAT, plus shipping" in card(front, "Arduino Board")
    assert "incl. VAT</span>" in card(front, "First Circuits")
    change(shop, "UPDATE paydesk_shipping_rates SET retired_at = created_at")
    assert "incl. VAT</span>" in card(page(visitor, "/"), "Arduino Board")


def test_each_page_names_the_seller_and_a_made_up_one_as_that(visitor, shop, clock):
    with shop.database.transaction() as tx:
        sellers.load(tx, clock)
    front, imprint = page(visitor, "/"), page(visitor, "/legal/imprint")
    assert "Demonstration shop – nothing here is really for sale" in front
    assert "<p>Paydesk Demonstration Ltd, 1 Example Street, 10115 Berlin, Germany</p>" in front
    # The lines of an address stay lines.
    assert 'class="prose of-lines"' in imprint
    assert "<p>Paydesk Demonstration Ltd\n1 Example Street" in imprint
    with shop.database.transaction() as tx:
        facts.change_facts(tx, clock, {"legal_name": "Lamps & Ltd", "address": ""})
    front = page(visitor, "/")
    assert "<p>Lamps &amp; Ltd</p>" in front
    assert "Demonstration shop" not in front


def test_who_wants_what_is_sold_out_can_ask_when_it_will_be_back(visitor, shop, clock):
    with shop.database.transaction() as tx:
        sellers.load(tx, clock)
    change(shop, "UPDATE paydesk_variants SET on_hand = 0, held = 0")
    html = page(visitor, "/p/arduino-board")
    assert "Arrives" not in html
    assert "mailto:shop@paydesk.example?subject=When%20will%20Arduino%20Board%20be%20back" in html


def test_an_address_that_leads_nowhere_leads_on(visitor):
    html = page(visitor, "/o/1001/unknown", 404)
    assert html.count('href="/find-order"') == 2
    assert 'href="/"' in html


def test_an_empty_shop_leads_the_staff_to_its_first_product(visitor, owner, shop):
    change(shop, "UPDATE paydesk_products SET visibility = 'draft'")
    assert "Add your first product" in owner.http.get("/").text
    assert "Add your first product" not in page(visitor, "/")


def test_pictures_the_shop_was_given_are_sent_and_nothing_else(visitor, settings):
    media = settings.data_dir / "media"
    media.mkdir()
    (media / "a.webp").write_bytes(b"RIFF")
    (media / "a.txt").write_text("not a picture")
    (settings.data_dir / "app_secret.png").write_text("a secret")
    with visitor.http.get("/media/a.webp") as answer:
        assert answer.data == b"RIFF"
        assert "immutable" in answer.headers["Cache-Control"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    for wrong in ("a.txt", "..%2fapp_secret.png", "b.webp", "..%5capp_secret.png"):
        assert visitor.http.get(f"/media/{wrong}").status_code == 404


def test_files_of_ours_are_kept_for_good_under_an_address_that_names_their_content(visitor):
    found = re.search(r'href="(/paydesk-static/paydesk.css\?v=\w+)"', page(visitor, "/"))
    assert found is not None
    with visitor.http.get(found[1]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    for other in ("/paydesk-static/paydesk.css", "/paydesk-static/paydesk.css?v=0"):
        with visitor.http.get(other) as answer:
            assert "immutable" not in answer.headers["Cache-Control"]
    assert visitor.http.get("/paydesk-static/../storefront.py?v=0").status_code == 404


def test_a_page_of_the_catalogue_is_asked_for_again_and_sent_only_if_it_changed(visitor, shop):
    for path in ("/", "/search", "/p/arduino-board"):
        first = visitor.http.get(path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = visitor.http.get(path, headers={"If-None-Match": tag})
        # Of a product's page the first answer made the cookie that the form is bound to.
        assert again.status_code == 304, path
        assert again.get_data() == b""
        change(shop, "UPDATE paydesk_products SET summary = summary || '!'")
        assert visitor.http.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_page_that_was_kept_is_not_good_for_another_browser(visitor, stranger):
    tag = visitor.http.get("/p/arduino-board").headers["ETag"]
    assert stranger.http.get("/p/arduino-board", headers={"If-None-Match": tag}).status_code == 200
    for header in ({"Accept-Language": "de"}, {"Cookie": "paydesk_theme=dark"}):
        headers = {"If-None-Match": tag, **header}
        assert stranger.http.get("/p/arduino-board", headers=headers).status_code == 200


def test_looking_around_leaves_no_cookie(visitor):
    for path in ("/", "/search", "/search?q=board", "/sitemap.xml", "/robots.txt"):
        assert "Set-Cookie" not in visitor.http.get(path).headers


def data_of(html: str) -> dict[str, dict[str, object]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return {each["@type"]: each for each in map(json.loads, blocks)}


def test_search_engines_are_told_what_a_product_costs_and_whether_it_is_there(visitor, shop):
    change(
        shop, "UPDATE paydesk_products SET name = 'Board </script>' WHERE slug = 'arduino-board'"
    )
    html = page(visitor, "/p/arduino-board?currency=usd&picture=1")
    assert '<link rel="canonical" href="http://localhost:5000/p/arduino-board">' in html
    assert 'property="og:image" content="http://localhost:5000/paydesk-static/' in html
    told = data_of(html)
    assert told["Product"]["name"] == "Board </script>"
    assert told["Product"]["offers"] == {
        "@type": "Offer",
        "url": "http://localhost:5000/p/arduino-board",
        "price": "39.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
    }
    several = data_of(page(visitor, "/p/breadboard"))["Product"]["offers"]
    assert isinstance(several, list)
    assert [each["availability"].rpartition("/")[2] for each in several] == [
        "InStock",
        "InStock",
        "OutOfStock",
    ]
    club = data_of(page(visitor, "/p/parts-club"))["Product"]["offers"]
    assert isinstance(club, list)
    assert club[0]["priceSpecification"]["unitCode"] == "MON"


def test_the_map_names_what_is_to_be_found_and_nothing_else(visitor, shop, many):
    change(shop, "UPDATE paydesk_products SET visibility = 'draft' WHERE slug = 'sensor-kit'")
    answer = visitor.http.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    places = re.findall(r"<loc>(.*?)</loc>", answer.text)
    assert "http://localhost:5000/" in places
    assert "http://localhost:5000/c/many" in places
    assert "http://localhost:5000/p/arduino-board" in places
    assert "http://localhost:5000/p/sensor-kit" not in places
    assert len(places) == len(set(places))


def test_a_shop_without_real_money_asks_robots_to_stay_away(visitor):
    answer = visitor.http.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert "Disallow: /\n" in answer.text
    assert "Sitemap: http://localhost:5000/sitemap.xml" in answer.text


def test_what_was_searched_or_sorted_is_no_page_to_be_found(visitor, many):
    plain = page(visitor, "/c/many?page=2")
    assert "noindex" not in plain
    assert '<link rel="canonical" href="http://localhost:5000/c/many?page=2">' in plain
    for path in ("/search?q=board", "/c/many?sort=price", "/c/many?stock=1"):
        assert '<meta name="robots" content="noindex, follow">' in page(visitor, path)
