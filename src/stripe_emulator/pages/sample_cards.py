"""The test cards and accounts worth a click on the hosted page, in the groups of "Testing"."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True)
class SampleCard:
    """`says` is what happens when it is used: a brand, or a name in the lists of words."""

    number: str
    says: str

    @property
    def cvc(self) -> str:
        return "1234" if self.number.startswith(("34", "37")) else "123"

    def fill(self, year: int) -> dict[str, str]:
        """What a click puts into which input."""
        return {
            "cardNumber": self.number,
            "cardExpiry": f"12{year % 100:02d}",
            "cardCvc": self.cvc,
        }


@dataclass(frozen=True)
class SampleAccount:
    """An account or an e-mail address that decides what becomes of another way to pay."""

    kind: str
    shown: str
    says: str
    fill: dict[str, str] = field(hash=False)


@dataclass(frozen=True)
class SampleGroup:
    title: str
    cards: tuple[SampleCard, ...] = ()
    accounts: tuple[SampleAccount, ...] = ()


@cache
def groups(kinds: Collection[str] = ("card",)) -> tuple[SampleGroup, ...]:
    """Those of these ways to pay."""
    found = []
    if "card" in kinds:
        found += [
            SampleGroup(title, tuple(SampleCard(number, says) for number, says in cards))
            for title, cards in _CARDS
        ]
    if "sepa_debit" in kinds:
        found.append(SampleGroup("way.sepa_debit", (), tuple(map(_sepa, _SEPA))))
    if "us_bank_account" in kinds:
        found.append(SampleGroup("way.us_bank_account", (), tuple(map(_ach, _ACH))))
    vouchers = [each for each in _VOUCHERS if each in kinds]
    if vouchers:
        accounts = tuple(_voucher(vouchers[0], each) for each in _ENDINGS)
        found.append(SampleGroup("sample.vouchers", (), accounts))
    return tuple(found)


def _sepa(account: tuple[str, str]) -> SampleAccount:
    iban, says = account
    return SampleAccount("sepa_debit", iban, says, {"iban": iban})


def _ach(account: tuple[str, str]) -> SampleAccount:
    number, says = account
    fill = {"routingNumber": "110000000", "accountNumber": number}
    return SampleAccount("us_bank_account", number, says, fill)


def _voucher(kind: str, ending: tuple[str, str]) -> SampleAccount:
    name, says = ending
    email = f"{name}@example.com"
    return SampleAccount(kind, email, says, {"email": email})


_CARDS = (
    (
        "sample.succeeds",
        (
            ("4242424242424242", "Visa"),
            ("4000056655665556", "Visa debit"),
            ("5555555555554444", "Mastercard"),
            ("5200828282828210", "Mastercard debit"),
            ("378282246310005", "American Express"),
            ("6011111111111117", "Discover"),
            ("3056930009020004", "Diners Club"),
            ("3566002020360505", "JCB"),
            ("6200000000000005", "UnionPay"),
        ),
    ),
    (
        "sample.3ds",
        (
            ("4000002760003184", "sample.3ds.always"),
            ("4000002500003155", "sample.3ds.setup"),
            ("4000000000003220", "sample.3ds.required"),
            ("4000008260003178", "sample.3ds.funds"),
            ("4000008400001629", "sample.3ds.declined"),
        ),
    ),
    (
        "sample.declined",
        (
            ("4000000000000002", "sample.declined.generic"),
            ("4000000000009995", "sample.declined.funds"),
            ("4000000000009987", "sample.declined.lost"),
            ("4000000000009979", "sample.declined.stolen"),
            ("4000000000000069", "sample.declined.expired"),
            ("4000000000000127", "sample.declined.cvc"),
            ("4000000000000119", "sample.declined.processing"),
            ("4000000000006975", "sample.declined.often"),
        ),
    ),
    (
        "sample.disputes",
        (
            ("4000000000000259", "sample.disputes.fraud"),
            ("4000000000002685", "sample.disputes.missing"),
            ("4000000000001976", "sample.disputes.inquiry"),
            ("4000000000005423", "sample.disputes.warning"),
        ),
    ),
    (
        "sample.refunds",
        (
            ("4000000000007726", "sample.refunds.pending"),
            ("4000000000005126", "sample.refunds.fail"),
            ("4000000000000077", "sample.refunds.available"),
            ("4000000000000341", "sample.later.fail"),
        ),
    ),
    (
        "sample.radar",
        (
            ("4100000000000019", "sample.radar.blocked"),
            ("4000000000004954", "sample.radar.highest"),
            ("4000000000009235", "sample.radar.elevated"),
            ("4000000000000101", "sample.radar.cvc"),
            ("4000000000000036", "sample.radar.zip"),
            ("4000000000000028", "sample.radar.line1"),
        ),
    ),
)
_SEPA = (
    ("AT611904300234573201", "sample.account.pays"),
    ("AT321904300235473204", "sample.account.late"),
    ("AT861904300235473202", "sample.account.fails"),
    ("IT60X0542811101000000123456", "sample.account.fails"),
    ("AT591904300235473203", "sample.account.disputed"),
)
_ACH = (
    ("000123456789", "sample.account.pays"),
    ("000111111116", "sample.account.fails"),
    ("000222222227", "sample.declined.funds"),
    ("000555555559", "sample.account.disputed"),
)
_VOUCHERS = ("boleto", "oxxo", "konbini", "multibanco")
_ENDINGS = (
    ("succeed_immediately", "sample.voucher.soon"),
    ("fill_never", "sample.voucher.never"),
    ("expire_immediately", "sample.voucher.expires"),
)
