"""The arms: tracers, and none. Each can run a program with a count on its function `target`, and most can
attach to a running one. What they counted is theirs; the truth is always the program's own."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from . import elf, places, process
from .process import Failed

PATIENCE_S = 20


class Traced:
    """What came of a traced run of a program that reports its own truth."""

    def __init__(self, finished, said=None):
        self.finished = finished
        self.said = finished.output if said is None else said
        self.values = dict(re.findall(r"\b(\w+)=(-?[\d.]+)", self.said))
        self.hits = None
        self.summary = {}
        # A tracer reports nothing of its own about a program whose checks do not hold.
        if self.values.get("ok") != "1":
            raise Failed(f"the program's checks did not hold: {finished.complaint()}")

    def number(self, key):
        return float(self.values[key]) if key in self.values else None


class Tracer:
    """program: the variant of the hot loop that it is run on. guess_us: what a hit may cost, for the
    length of the first run only."""

    program = "spin-nopie"
    guess_us = 10.0
    most_arrivals = 2_000_000_000
    attaches = False
    needs = None  # a program that must be installed
    ours = False

    def missing(self):
        """Why it can't be run here; None: it can."""
        return f"{self.needs} is not installed" if self.needs and not shutil.which(self.needs) else None

    def launch(self, command, timeout_s):
        raise NotImplementedError

    def attach(self, target):
        raise NotImplementedError


class Target:
    """A function in a running process."""

    def __init__(self, pid, file, function):
        self.pid, self.file, self.function = pid, file, function
        self.address = elf.address(pid, file, function)
        self.original = elf.byte_at(pid, self.address)

    def is_armed(self):
        return elf.byte_at(self.pid, self.address) == 0xCC

    def wait_until_armed(self, tracer):
        process.wait_until(lambda: self.is_armed() or tracer.has_ended(), PATIENCE_S, "not armed")
        if not self.is_armed():
            raise Failed(f"never armed: {tracer.said()[-200:]}")

    def check_left_as_found(self):
        process.wait_until(lambda: elf.byte_at(self.pid, self.address) == self.original, 2,
                           "the program's code was not put back")


class Attached:
    """What a tracer has to say after it has left."""

    def __init__(self):
        self.hits = None
        self.cpu_s = None


@contextlib.contextmanager
def at_work(command, target, leave, interactive=False, begin=None):
    """Runs a tracer on a target for the length of the block. Its processor time is that of the block."""
    result = Attached()
    with process.Background(command, interactive) as tracer:
        if begin:
            begin(tracer)
        target.wait_until_armed(tracer)
        before = process.cpu_seconds(process.descendants(tracer.pid))
        yield result
        result.cpu_s = process.cpu_seconds(process.descendants(tracer.pid)) - before
        leave(tracer)
        result.finished = tracer.wait(PATIENCE_S)
    process.clear_orphans()
    target.check_left_as_found()


def interrupt(tracer):
    tracer.signal(signal.SIGINT)


class Untraced(Tracer):
    name = "untraced"
    guess_us = 0.003
    attaches = True

    def launch(self, command, timeout_s):
        return Traced(process.run(command, timeout_s))

    @contextlib.contextmanager
    def attach(self, target):
        yield Attached()


class Floor(Tracer):
    ours = True

    def __init__(self, name, pinning):
        self.name, self.pinning = name, pinning

    def launch(self, command, timeout_s):
        traced = Traced(process.run([places.bench_program("floor"), self.pinning, *command], timeout_s))
        traced.hits = json.loads(traced.said.splitlines()[-1])["hits"]
        return traced


# /dev/cpu_dma_latency can't be opened on a file system mounted without devices. For one run only: in a
# mount namespace of its own.
NO_LATENCY_DEVICE = ["unshare", "--mount", "sh", "-ec",
                     "mount --bind /dev/cpu_dma_latency /dev/cpu_dma_latency; "
                     "mount -o remount,bind,nodev /dev/cpu_dma_latency; "
                     "if (: >/dev/cpu_dma_latency) 2>/dev/null; then exit 99; fi; exec \"$@\"", "sh"]


class Sidestep(Tracer):
    attaches = True
    ours = True
    extra = []

    def __init__(self, name, options, guess_us=10.0, probe="{}", count_only=True, latency_device=True,
                 program="spin-nopie"):
        self.name, self.options, self.guess_us, self.probe = name, options, guess_us, probe
        self.count_only, self.program = count_only, program
        self.wrapper = [] if latency_device else NO_LATENCY_DEVICE

    def command(self, function, output):
        probes = [] if function is None else ["-x", self.probe.format(function)]
        return [*self.wrapper, places.sidestep(), "-qq", "--format", "jsonl", *(["-c"] if self.count_only else []),
                "-o", output, *self.options, *probes, *self.extra]

    @staticmethod
    def read_summary(events):
        with open(events, encoding="utf-8") as file:
            last = None
            for last in file:
                pass
        summary = json.loads(last) if last else {}
        if summary.get("type") != "summary":
            raise Failed("no summary record")
        if summary["mode"] != "lift" and summary["audit"] != "held":
            raise Failed(f"audit: {summary['audit']}")
        return summary

    def launch(self, command, timeout_s, function="target"):
        with tempfile.NamedTemporaryFile() as events:
            traced = Traced(process.run([*self.command(function, events.name), "--", *command], timeout_s))
            traced.summary = self.read_summary(events.name)
        traced.hits = traced.summary["hits"]
        return traced

    @contextlib.contextmanager
    def attach(self, target):
        with tempfile.NamedTemporaryFile() as events:
            command = [*self.command(target.function, events.name), "-p", target.pid]
            with at_work(command, target, interrupt) as result:
                yield result
            result.hits = self.read_summary(events.name)["hits"]


def wait_until_stopped(gdb):
    """All threads: who is let go before is left stopped for good."""
    for attempt in range(50):
        time.sleep(0.1)
        said = len(gdb.said())
        gdb.tell("info threads")
        gdb.tell(f"echo asked-{attempt}\\n")
        gdb.wait_for(f"asked-{attempt}")
        answer = gdb.said()[said:]
        if "(running)" not in answer and "Cannot execute" not in answer:
            return
    raise Failed("GDB does not stop the program")


class Gdb(Tracer):
    needs = "gdb"
    guess_us = 500.0
    attaches = True

    def __init__(self, name, settings):
        self.name = name
        self.settings = ["set confirm off", "set pagination off", "set startup-with-shell off", *settings]

    def launch(self, command, timeout_s):
        asked = [*self.settings, "break *target", "ignore 1 2000000000", "run " + " ".join(command[1:]),
                 "info breakpoints"]
        words = [word for one in asked for word in ("-ex", one)]
        traced = Traced(process.run(["gdb", "-nx", "-batch", *words, command[0]], timeout_s))
        traced.hits = self.hits(traced.said)
        return traced

    @staticmethod
    def hits(said):
        if "breakpoint already hit" in said:
            return int(re.search(r"already hit (\d+) time", said)[1])
        if "<" not in said:
            raise Failed("GDB shows no breakpoint")
        return 0

    @contextlib.contextmanager
    def attach(self, target):
        def begin(gdb):
            for line in (*self.settings, f"attach {target.pid}", f"break *{target.address:#x}",
                         "ignore 1 2000000000", "continue -a &" if "set non-stop on" in self.settings else
                         "continue &"):
                gdb.tell(line)

        def leave(gdb):
            gdb.tell("interrupt -a" if "set non-stop on" in self.settings else "interrupt")
            wait_until_stopped(gdb)
            for line in ("info breakpoints", "detach", "quit"):
                gdb.tell(line)

        with at_work(["gdb", "-nx", "-q", target.file], target, leave, True, begin) as result:
            yield result
        result.hits = self.hits(result.finished.output)


class Lldb(Tracer):
    name = "lldb"
    needs = "lldb"
    guess_us = 4000.0

    def launch(self, command, timeout_s):
        asked = ["breakpoint set --name target --skip-prologue false --auto-continue true", "run",
                 "breakpoint list"]
        words = [word for one in asked for word in ("-o", one)]
        traced = Traced(process.run(["lldb", "--no-lldbinit", "--batch", *words, "--", *command], timeout_s))
        counts = re.findall(r"^1: .*hit count = (\d+)", traced.said, re.MULTILINE)
        if not counts:
            raise Failed("LLDB shows no breakpoint")
        traced.hits = int(counts[-1])
        return traced


class Ltrace(Tracer):
    name = "ltrace"
    needs = "ltrace"
    guess_us = 1000.0

    def launch(self, command, timeout_s):
        with tempfile.NamedTemporaryFile("r") as counts:
            traced = Traced(process.run(["ltrace", "-f", "-c", "-L", "-x", "target@MAIN", "-o", counts.name,
                                         *command], timeout_s))
            found = re.search(r"(\d+) target$", counts.read(), re.MULTILINE)
        if not found:
            raise Failed("ltrace counted nothing")
        traced.hits = int(found[1])
        return traced


class Uprobes(Tracer):
    """The kernel's, by bpftrace, which counts in the kernel."""

    needs = "bpftrace"
    attaches = True

    def __init__(self, name, program, guess_us):
        self.name, self.program, self.guess_us = name, program, guess_us

    def missing(self):
        return super().missing() or (None if os.geteuid() == 0 else "uprobes want root")

    @staticmethod
    def hits(said):
        found = re.search(r"^@: (\d+)$", said, re.MULTILINE)
        return int(found[1]) if found else 0

    @staticmethod
    def script(file, function):
        return f"uprobe:{file}:{function} {{ @ = count(); }}"

    def launch(self, command, timeout_s):
        traced = Traced(process.run(["bpftrace", "-e", self.script(command[0], "target"), "-c",
                                     " ".join(command)], timeout_s))
        traced.hits = self.hits(traced.said)
        return traced

    @contextlib.contextmanager
    def attach(self, target):
        command = ["bpftrace", "-e", self.script(target.file, target.function), "-p", str(target.pid)]
        with at_work(command, target, interrupt) as result:
            yield result
        result.hits = self.hits(result.finished.output)


class Uftrace(Tracer):
    """Patches a call into room that the compiler has left; it records every call into files."""

    name = "uftrace"
    needs = "uftrace"
    program = "spin-patchable"
    guess_us = 0.2
    most_arrivals = 2_000_000  # they all go to disk

    def launch(self, command, timeout_s):
        with tempfile.TemporaryDirectory() as data:
            traced = Traced(process.run(["uftrace", "record", "--no-libcall", "-P", "^target$", "-d", data,
                                         *command], timeout_s))
            report = subprocess.run(["uftrace", "report", "--no-pager", "-d", data], capture_output=True,
                                    text=True, timeout=timeout_s).stdout
        found = re.search(r"(\d+)\s+target$", report, re.MULTILINE)
        if not found:
            raise Failed("uftrace recorded nothing")
        traced.hits = int(found[1])
        return traced


ARGUMENTS = "{} $arg1 $arg2 $arg3 $arg4 $arg5 $arg6"


def all_tracers():
    return {tracer.name: tracer for tracer in (
        Untraced(),
        Floor("floor", "--pinned"),
        Floor("floor-unpinned", "--unpinned"),
        Sidestep("displaced", []),
        Sidestep("displaced-args", [], 20.0, ARGUMENTS, count_only=False),
        Sidestep("displaced-single", ["--step", "single"], 50.0),
        Sidestep("all-stop", ["--mode", "all-stop"], 50.0),
        Sidestep("lift", ["--mode", "lift"], 50.0),
        Gdb("gdb-non-stop", ["set non-stop on", "set displaced-stepping on"]),
        Gdb("gdb-all-stop", ["set non-stop off", "set displaced-stepping off"]),
        Lldb(),
        Ltrace(),
        Uprobes("uprobe-emulated", "spin-push", 1.5),
        Uprobes("uprobe-stepped", "spin-nopie", 15.0),
        Uftrace(),
    )}


def waiting_policies():
    """auto, block and spin, each with the latency device and without."""
    return [Sidestep(f"{policy}{'' if device else ', no device'}", ["--wait", policy], latency_device=device)
            for device in (True, False) for policy in ("auto", "block", "spin")]
