"""Processes of their own that begin where Python has loaded the libraries.

A command loads libraries for longer than it works, and the journeys start hundreds. Here each is
forked from a process that has loaded them and done nothing else: as apart from the test, and as
easily killed, as one that was started cold. What it is to start cold is tested elsewhere
(test_run, test_examples, the pages of docs/).
"""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.warm_libraries"])


class Process:
    """`python -m MODULE …`, at the head of a process group of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdout: Path,
        stderr: Path | None = None,
    ) -> None:
        """`stdout` and `stderr`: files to write to, at their end; the same if one is named."""
        outputs = (stdout, stderr or stdout)
        self._process = _forking.Process(target=_become, args=(arguments, cwd, dict(env), outputs))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit code, negative if a signal ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        self._process.join(seconds)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, seconds or 0)
        return code

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait()


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float
) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` does it, with both outputs taken."""
    with TemporaryDirectory() as folder:
        stdout, stderr = Path(folder, "stdout"), Path(folder, "stderr")
        process = Process(arguments, cwd=cwd, env=env, stdout=stdout, stderr=stderr)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        said = (stdout.read_text(), stderr.read_text())
    return subprocess.CompletedProcess([*arguments], code, *said)


def _become(
    arguments: Sequence[str], cwd: Path, env: dict[str, str], outputs: tuple[Path, Path]
) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(outputs, start=1):
        written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(written, number)
        os.close(written)
    module, *rest = arguments
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
