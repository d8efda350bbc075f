"""What was measured, as a table, with the machine and the day; and into `bench/README.md`."""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from bench.webhook.measure import Subject

README = Path(__file__).parents[1] / "README.md"
_BEGIN, _END = "<!-- webhook: begin -->", "<!-- webhook: end -->"


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


def machine() -> str:
    return (
        f"{time.strftime('%Y-%m-%d')}, {_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )


def write(text: str) -> None:
    """Put the report in its place in the README, instead of the last one."""
    before, _, rest = README.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    README.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
