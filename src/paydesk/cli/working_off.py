"""Has a worker do what a demonstration left to be done, before anybody reads what it says."""

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from paydesk.cli.emulator_process import environment_with

if TYPE_CHECKING:
    from paydesk.settings import Settings

# What is left then is done by the shop, which says so line by line.
_PATIENCE_SECONDS = 30.0
_STOP_SECONDS = 10.0


def work_off(settings: "Settings", emulator_url: str) -> None:
    """Run handlers and write letters of sixty days in a process of its own, in silence."""
    process = subprocess.Popen(
        [sys.executable, "-m", "paydesk", "worker"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment_with(
            PAYDESK_DATABASE_URL=settings.database_url,
            PAYDESK_TABLE_PREFIX=settings.table_prefix,
            PAYDESK_DATA_DIR=str(settings.data_dir),
            PAYDESK_BASE_URL=settings.base_url,
            PAYDESK_EMULATOR_URL=emulator_url,
        ),
        start_new_session=True,
    )
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < until and _is_work_left(settings):
            time.sleep(0.1)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_work_left(settings: "Settings") -> bool:
    from sqlalchemy import select

    from paydesk.foundation.database import Database
    from paydesk.fulfilment.jobs import EffectState, OwedEffect
    from paydesk.fulfilment.letters import Letter, LetterState

    database = Database(settings.database_url, prefix=settings.table_prefix)
    try:
        with database.transaction() as tx:
            owed = select(OwedEffect.order_id).where(OwedEffect.state == EffectState.PENDING)
            letters = select(Letter.id).where(Letter.state == LetterState.QUEUED)
            return any(tx.scalar(each.limit(1)) is not None for each in (owed, letters))
    finally:
        database.close()
