"""What was measured, as a table, and what it is held to."""

from dataclasses import dataclass

from bench.webhook.measure import Subject


@dataclass(frozen=True)
class Aim:
    """What a subject is held to, beside the subject it is compared with."""

    what: str
    is_met: bool


def table(title: str, subjects: list[Subject], beside: Subject, sign: str) -> str:
    """One line a subject; ratios beside one of them, which `sign` stands for."""
    lines = [
        f"| {title} | events/s | CPU ms/event | rate × {sign} | CPU × {sign} |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {each.name} | {each.rate:.0f} | {each.cpu:.2f} "
        f"| {each.rate / beside.rate:.2f} | {each.cpu / beside.cpu:.2f} |"
        for each in subjects
    ]
    return "\n".join(lines)


def verdict(aims: list[Aim]) -> str:
    return "\n".join(f"- {'met' if aim.is_met else '**missed**'}: {aim.what}" for aim in aims)
