"""A mail server for tests to kill: `python -m … PORT FOLDER`.

Each letter it takes is a file in FOLDER/taken. While FOLDER/hang exists, it does not answer to a
letter it has read; FOLDER/reading says that it is so far. FOLDER/answer holds what it answers
instead of taking a letter.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])


class Box:
    """Takes letters."""

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        answer = FOLDER / "answer"
        if answer.exists():
            return answer.read_text()
        if (FOLDER / "hang").exists():
            (FOLDER / "reading").touch()
            while (FOLDER / "hang").exists():
                await asyncio.sleep(0.02)
        taken = FOLDER / "taken" / f"{time.monotonic_ns()}.eml"
        taken.parent.mkdir(exist_ok=True)
        taken.write_bytes(envelope.original_content)
        return "250 taken"


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Box(), hostname="mail.test", loop=loop), "127.0.0.1", PORT
    )
    (FOLDER / "ready").touch()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
