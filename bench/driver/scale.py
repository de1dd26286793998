"""What must not grow: a hit's cost with the number of sites and threads, memory with the number of hits;
and what grows as it must: arming, attaching."""
import json
import tempfile
import time

from . import places, process, spread
from .hot import HotLoop
from .process import Failed
from .suite import Cell, Column, Ratio, Suite
from .tracers import Sidestep

DIGITS = 5  # of tracee/many_sites.S
SITES = (1, 1_000, 10_000, 100_000)
CURVE_COLUMNS = [Column("us/hit", "us_per_hit", 2, True), Column("x the least", "over_least", 2),
                 Column("missed", "missed"), Column("fairness", "fairness", 2)]


def site_glob(count):
    """Names `count` of the hundred thousand."""
    given = DIGITS - (len(str(count)) - 1)
    return f"site_{'0' * given}*"


def armed_beside(count):
    """The hot function, and that many others."""
    options = [] if count == 1 else ["-x", site_glob(count)]
    return Sidestep(f"{count} sites", options, program="spin-sites")


def sites_suite(_, plan):
    cells = []
    for count in SITES:
        loop = HotLoop(armed_beside(count), 1, plan.seconds, plan.timeout)
        cells.append(Cell(loop.tracer.name, "1 hot", lambda loop=loop: loop.run()[1], plan.seconds + 1))
    return Suite("sites", "A hit's cost among armed sites", CURVE_COLUMNS[:3], cells,
                 [Ratio("over_least", "us_per_hit", "1 sites")])


def threads_suite(_, plan):
    """Traced threads that are asleep, beside hot ones: 1, 2 and 8, the last for fairness too."""
    cells = []
    for hot in (1, 2, 8):
        for sleepers in (0, 10, 100, 1000):
            loop = HotLoop(Sidestep("displaced", []), hot, plan.seconds, plan.timeout, sleepers)
            cells.append(Cell(f"{sleepers} asleep", f"{hot} hot", lambda loop=loop: loop.run()[1],
                              plan.seconds + 1))
    return Suite("threads", "A hit's cost among traced threads", CURVE_COLUMNS, cells,
                 [Ratio("over_least", "us_per_hit", "0 asleep")])


def visit(pid, probe, options=(), duration_ms=200, during=None):
    """One attach and detach. Attach: from starting sidestep to all sites armed. Leave: from the end of
    --duration to sidestep's own end."""
    began = time.monotonic_ns()
    with tempfile.NamedTemporaryFile("r") as events:
        with process.Background([places.sidestep(), "-qq", "--format", "jsonl", "-o", events.name, "--duration",
                                 f"{duration_ms}ms", *options, "-x", probe, "-p", pid]) as tracer:
            extra = during(tracer) if during else {}
            finished = tracer.wait(60)
        ended = time.monotonic_ns()
        records = [json.loads(line) for line in events.read().splitlines()]
    if not records or records[-1]["type"] != "summary":
        raise Failed(f"no summary record: {finished.complaint()}")
    armed, summary = records[0]["ts_ns"], records[-1]
    if summary["missed"] != 0 or summary["bystander_stops"] != 0:
        raise Failed(f"missed {summary['missed']}, bystander stops {summary['bystander_stops']}")
    return {"attach_ms": (armed - began) / 1e6, "leave_ms": (ended - armed) / 1e6 - duration_ms,
            "hits": summary["hits"], "sites": sum(p["sites"] for p in summary["probes"])} | extra


def crowd_visit(sleepers, hot):
    with process.Background([places.tracee("crowd"), str(sleepers), str(hot)], interactive=True) as crowd:
        crowd.wait_for("ready=1")
        values = visit(crowd.pid, "hot_target" if hot else "target")
        crowd.close_input()
        finished = crowd.wait(30)
    if "ok=1" not in finished.output:
        raise Failed(f"the program's checks did not hold: {finished.complaint()}")
    return values


def attach_suite(_, plan):
    cells = [Cell("displaced", f"{sleepers} asleep, {hot} hot", lambda s=sleepers, h=hot: crowd_visit(s, h), 1)
             for sleepers, hot in ((10, 0), (1000, 0), (1000, 1), (1000, 8))]
    return Suite("attach", "Attaching to many threads, and leaving them",
                 [Column("attach ms", "attach_ms", 1, True), Column("leave ms", "leave_ms", 1, True),
                  Column("hits", "hits")], cells)


ARMED_MS = 2000  # long enough to have a look at the tracer when it is done with arming


def resident_when_armed(tracer):
    """After the site table is there. Its growth over one site is what sites cost."""
    time.sleep(ARMED_MS * 0.75e-3)
    return {"resident_kib": process.resident_kib(process.descendants(tracer.pid))}


def arming_visit(probe, count):
    with process.Background([places.tracee("crowd-sites"), "1", "0"], interactive=True) as program:
        program.wait_for("ready=1")
        values = visit(program.pid, probe, duration_ms=ARMED_MS, during=resident_when_armed)
        program.close_input()
        program.wait(30)
    if values["sites"] != count:
        raise Failed(f"{values['sites']} sites instead of {count}")
    return values


def arming_suite(_, plan):
    suite = Suite("arming", "Arming sites in a running process, and disarming them",
                  [Column("attach and arm ms", "attach_ms", 0, True), Column("disarm and leave ms", "leave_ms", 0, True),
                   Column("tracer KiB", "resident_kib")], [])
    for count in SITES:
        probe = "site_00000" if count == 1 else site_glob(count)
        suite.cells.append(Cell(f"{count} sites", "running", lambda p=probe, c=count: arming_visit(p, c), 4))
    suite.columns.append(Column("bytes a site", "bytes_a_site"))
    suite.derive = bytes_a_site
    return suite


def bytes_a_site(suite):
    least = suite.cells[0].samples
    for cell, count in list(zip(suite.cells, SITES))[1:]:
        for mine, one in zip(cell.samples, least):
            if "resident_kib" in mine and "resident_kib" in one:
                mine["bytes_a_site"] = 1024 * (mine["resident_kib"] - one["resident_kib"]) / (count - 1)


def watch_memory(command, timeout_s):
    """Runs a tracer; its resident memory every so often."""
    points, began = [], time.monotonic()
    with process.Background(command) as tracer:
        while not tracer.has_ended():
            if time.monotonic() - began > timeout_s:
                raise Failed(f"timed out after {timeout_s:.0f} s")
            time.sleep(0.1)
            mine = [pid for pid in process.descendants(tracer.pid) if is_ours(pid)]
            try:
                resident = process.resident_kib(mine)
            except OSError:  # it has just ended
                break
            if resident:
                points.append((time.monotonic() - began, resident))
        finished = tracer.wait(60)
    process.clear_orphans()
    return points[:-1], finished  # the last may be of its end


def is_ours(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return places.sidestep().encode() == words.read().split(b"\0")[0]
    except OSError:
        return False


def long_run(hits, options):
    tracer = Sidestep("displaced", options)
    with tempfile.NamedTemporaryFile() as events:
        command = [*tracer.command("target", events.name), "--", places.tracee("spin-nopie"), "4", str(hits // 4)]
        points, finished = watch_memory(command, 60 + hits * 200e-6)
        summary = tracer.read_summary(events.name)
    if f"arrivals={summary['hits']}\n" not in finished.output:
        raise Failed(f"not all arrivals were counted: {finished.complaint()}")
    if len(points) < 20:
        raise Failed("too short a run for a slope")
    settled = points[len(points) // 10:]  # start-up grows
    seconds = points[-1][0]
    return {"hits": summary["hits"], "missed": summary["missed"], "first_kib": settled[0][1],
            "last_kib": settled[-1][1], "seconds": seconds,
            "kib_per_million": (spread.slope(settled) or 0) * seconds / (hits / 1e6)}


def memory_suite(_, plan):
    cells = [Cell("counts only", "4 hot", lambda: long_run(plan.memory_hits, []), plan.memory_hits * 15e-6)]
    return Suite("memory", "The tracer's resident memory over a long run",
                 [Column("seconds", "seconds"), Column("KiB at first", "first_kib"), Column("at last", "last_kib"),
                  Column("KiB per 10^6 hits", "kib_per_million", 3), Column("missed", "missed")], cells,
                 totals=("hits", "missed"), most_repetitions=1)
