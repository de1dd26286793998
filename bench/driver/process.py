"""Programs that are run, bounded in time, and ended by their ids only.

We adopt what our children leave behind (PR_SET_CHILD_SUBREAPER): a tracer that is killed leaves its
tracee, and debug servers are nobody's children. So nothing outlives its run, and no processor time is
left out of the account.
"""
import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
_background = set()  # process ids that are to outlive a run: servers, and tracers at work on them


class Failed(Exception):
    """There is no measurement, and why."""


def adopt_orphans():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children():
    found = set()
    for task in pathlib.Path("/proc/self/task").iterdir():
        found.update(map(int, (task / "children").read_text().split()))
    return found


def _reap(pid, patience_s):
    """The processor seconds of a child that ends within that time, of its reaped children too; else None."""
    handle = os.pidfd_open(pid)
    try:
        if not select.select([handle], [], [], patience_s)[0]:
            return None
    finally:
        os.close(handle)
    _, status, used = os.wait4(pid, 0)
    return status, used.ru_utime + used.ru_stime


def clear_orphans():
    """Ends what a run has left; the processor seconds of that."""
    spent = 0
    while orphans := _children() - _background:
        for pid in orphans:
            ended = _reap(pid, 0.3)
            if ended is None:
                os.kill(pid, signal.SIGKILL)
                ended = _reap(pid, 10)
            if ended is None:
                raise Failed(f"process {pid} cannot be ended")
            spent += ended[1]
    return spent


class Finished:
    """What a program said, how it ended, and what processor time it and all below it have used."""

    def __init__(self, output, errors, status, seconds, cpu_s):
        self.output, self.errors, self.status = output, errors, status
        self.seconds, self.cpu_s = seconds, cpu_s

    def complaint(self):
        line = next((line for line in self.errors.splitlines() if line.strip()), "")
        return f"{self.status}" + (f": {line[:200]}" if line else "")


def _how(status):
    if os.WIFSIGNALED(status):
        return f"died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.WEXITSTATUS(status)}"


class Background:
    """A program that runs until it is told to end. A context manager: it never outlives its block."""

    def __init__(self, command, interactive=False):
        self._out, self._err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self._began = time.monotonic()
        try:
            self._process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE if interactive else subprocess.DEVNULL,
                stdout=self._out, stderr=self._err, text=True, start_new_session=True)
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from error
        self.pid = self._process.pid
        _background.add(self.pid)
        self.finished = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.finished is None:
            self.signal(signal.SIGKILL)
            self.wait(10)

    def signal(self, number):
        os.kill(self.pid, number)

    def tell(self, line):
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Failed(f"pid {self.pid} takes no more commands: {self.said()[-200:]}") from error

    def close_input(self):
        self._process.stdin.close()

    @staticmethod
    def _text(file):
        size = os.fstat(file.fileno()).st_size
        return os.pread(file.fileno(), size, 0).decode(errors="replace")

    def said(self):
        return self._text(self._out) + self._text(self._err)

    def wait_for(self, text, patience_s=20):
        wait_until(lambda: text in self.said() or self.has_ended(), patience_s, f"no '{text}' came")
        if text not in self.said():
            raise Failed(f"ended without '{text}': {self.said()[-200:]}")

    def has_ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self, patience_s):
        """A Finished; Failed if it doesn't end by itself in that time (then it is killed)."""
        ended = _reap(self.pid, patience_s)
        if late := ended is None:
            os.kill(self.pid, signal.SIGKILL)
            ended = _reap(self.pid, 10)
        if ended is None:
            raise Failed(f"process {self.pid} cannot be ended")
        _background.discard(self.pid)
        self._process.returncode = 0  # reaped here: nothing is left for subprocess to do
        self.finished = Finished(self._text(self._out), self._text(self._err), _how(ended[0]),
                                 time.monotonic() - self._began, ended[1])
        if late:
            raise Failed(f"timed out after {patience_s:.0f} s")
        return self.finished


def run(command, timeout_s):
    """Runs it to its end. Failed where it doesn't come to one in time; any exit status is the caller's."""
    with Background(command) as program:
        finished = program.wait(timeout_s)
    finished.cpu_s += clear_orphans()
    return finished


def wait_until(holds, patience_s, complaint):
    until = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > until:
            raise Failed(f"{complaint} in {patience_s:.0f} s")
        time.sleep(0.005)


def descendants(pid):
    """It, and all below it, as far as they are alive."""
    found = [pid]
    for parent in found:
        try:
            for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def cpu_seconds(pids):
    """Processor time of all threads, to the nanosecond (ticks are too coarse for what idles)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_kib(pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total
