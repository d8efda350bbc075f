"""Carriers we know, and where each of them shows how far a parcel has come."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Carrier:
    """Who brings parcels. `page` is its page for one parcel; `{}` stands for the number."""

    code: str
    name: str
    page: str


CARRIERS = {
    each.code: each
    for each in (
        Carrier(
            "australia_post",
            "Australia Post",
            "https://auspost.com.au/mypost/track/details/{}",
        ),
        Carrier("bpost", "bpost", "https://track.bpost.cloud/btr/web/#/search?itemCode={}"),
        Carrier(
            "canada_post",
            "Canada Post",
            "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
        ),
        Carrier(
            "deutsche_post",
            "Deutsche Post",
            "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}",
        ),
        Carrier(
            "dhl",
            "DHL",
            "https://www.dhl.com/global-en/home/tracking/tracking-parcel.html"
            "?submit=1&tracking-id={}",
        ),
        Carrier("dpd", "DPD", "https://tracking.dpd.de/status/en_US/parcel/{}"),
        Carrier("evri", "Evri", "https://www.evri.com/track/parcel/{}"),
        Carrier("fedex", "FedEx", "https://www.fedex.com/fedextrack/?trknbr={}"),
        Carrier("gls", "GLS", "https://gls-group.com/EU/en/parcel-tracking?match={}"),
        Carrier(
            "hermes",
            "Hermes",
            "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{}",
        ),
        Carrier("la_poste", "La Poste", "https://www.laposte.fr/outils/suivre-vos-envois?code={}"),
        Carrier("post_at", "Post AT", "https://www.post.at/s/sendungsdetails?snr={}"),
        Carrier("post_ch", "Post CH", "https://service.post.ch/ekp-web/ui/entry/search/{}"),
        Carrier(
            "royal_mail",
            "Royal Mail",
            "https://www.royalmail.com/track-your-item#/tracking-results/{}",
        ),
        Carrier("ups", "UPS", "https://www.ups.com/track?tracknum={}"),
        Carrier("usps", "USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    )
}


def carrier_name(carrier: str) -> str:
    """What people call a carrier; one we do not know is called what the operator wrote."""
    known = CARRIERS.get(carrier)
    return known.name if known else carrier


def tracking_url(carrier: str, tracking: str) -> str | None:
    """Where the buyer sees how far the parcel has come; None where we do not know."""
    known = CARRIERS.get(carrier)
    if known is None or not tracking:
        return None
    return known.page.format(quote(tracking, safe=""))


def code_of(text: str) -> str:
    """The carrier somebody means by a code or a name, `Royal Mail` say; else the text itself."""
    wanted = " ".join(text.split())
    for each in CARRIERS.values():
        if wanted.lower().replace(" ", "_") == each.code or wanted.lower() == each.name.lower():
            return each.code
    return wanted
