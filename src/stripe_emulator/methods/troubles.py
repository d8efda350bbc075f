"""What comes after a payment with some test cards: disputes and warnings of fraud ("Testing")."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One dispute to come; `percent` of the payment. `warning`: an early fraud warning instead."""

    reason: str = "fraudulent"
    percent: int = 100
    inquiry: bool = False
    warning: bool = False
    # Ways to answer that some networks have of their own.
    eligible: tuple[str, ...] = ()


_FRAUD = Trouble()
# Whoever is enrolled has some of these disputes prevented; nobody is, here.
BY_NUMBER: dict[str, tuple[Trouble, ...]] = {
    "4000000000000259": (_FRAUD,),
    "4000000000002685": (Trouble("product_not_received"),),
    "4000000000001976": (Trouble(inquiry=True),),
    "4000000000005423": (Trouble(warning=True),),
    "4000000404000079": (Trouble(percent=50), Trouble("product_not_received", 50)),
    "4000000404000038": (Trouble(eligible=("visa_compelling_evidence_3",)),),
    "4000008400000779": (Trouble("noncompliant", eligible=("visa_compliance",)),),
    "5105008400000002": (Trouble("noncompliant", eligible=("mastercard_compliance",)),),
    "4000000001000043": (_FRAUD,),
    "4000000404004816": (_FRAUD,),
    "4000000404005649": (_FRAUD,),
    "5105000300000018": (_FRAUD,),
}
