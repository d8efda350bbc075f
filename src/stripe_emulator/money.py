"""Amounts in minor units, with Stripe's limits ("Supported currencies")."""

from stripe_emulator.errors import StripeFault, invalid

ZERO_DECIMAL = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# "Supported currencies": written with decimals that must be zero; thousandths go in tens.
_STEPS = {"isk": 100, "ugx": 100, **dict.fromkeys(THREE_DECIMAL, 10)}
_CURRENCIES = (
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip "
    "gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd "
    "kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok "
    "npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos "
    "srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf "
    "yer zar zmw"
)
MAXIMUM = 999_999_999_999
_MINIMUMS = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50,
    "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50,
    "ils": 50, "inr": 50, "jpy": 50, "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "php": 50, "pln": 200, "ron": 200, "rub": 50, "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip
# What a US account pays for a domestic card; Stripe's price list.
_FEE_PERCENT_TENTHS, _FEE_FIXED = 29, 30


def decimals(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def currency_code(value: str, param: str) -> str:
    """The code in lower case. Raises a StripeFault for what is none."""
    if value.lower() not in _CURRENCIES.split():
        raise invalid(f"Invalid currency: {value[:40]}.", param=param)
    return value.lower()


def minimum(currency: str) -> int:
    """The least that can be charged."""
    return _MINIMUMS.get(currency, 1)


def check_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Raises a StripeFault unless Stripe would charge this."""
    if amount < minimum(currency):
        raise invalid(
            f"The amount is below the minimum charge for {currency}.",
            code="amount_too_small",
            param=param,
        )
    if amount > MAXIMUM:
        raise too_large(param)
    step = _STEPS.get(currency, 1)
    if amount % step:
        raise invalid(f"Amounts in {currency} must be multiples of {step}.", param=param)


def too_large(param: str) -> StripeFault:
    return invalid("The amount is above what can be charged.", code="amount_too_large", param=param)


def fee(amount: int) -> int:
    """2.9 % and 30, rounded half up."""
    return (amount * _FEE_PERCENT_TENTHS + 500) // 1000 + _FEE_FIXED
