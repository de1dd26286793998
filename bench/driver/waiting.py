"""How the tracer waits: each policy in each of the three kinds of load, and when nothing happens."""
import os
import tempfile
import time

from . import places, process
from .hot import HotLoop, counted
from .process import Failed
from .suite import Cell, Column, Ratio, Suite
from .tracers import Floor, Untraced, waiting_policies

COLUMNS = [Column("us/hit", "us_per_hit", 2, True), Column("x floor", "over_floor", 2),
           Column("of best fixed", "of_best_fixed", 2), Column("p99 us", "p99_us", 1),
           Column("missed", "missed"), Column("tracer cpu s", "tracer_cpu_s", 2), Column("slowdown", "slowdown", 1)]
RATIOS = [Ratio("over_floor", "us_per_hit", "floor"), Ratio("slowdown", "us_per_call", "untraced")]


class Paced:
    """A hit every few milliseconds. What it costs is how long the program's own call takes."""

    def __init__(self, tracer, seconds, timeout_s, interval_us=3000):
        self.tracer, self.timeout_s = tracer, timeout_s
        self.command = [places.tracee("paced"), str(interval_us), str(max(300, int(seconds * 1e6 / interval_us)))]

    def run(self):
        traced = self.tracer.launch(self.command, self.timeout_s)
        truth = int(traced.values["arrivals"])
        values = {"truth": truth, "p99_us": traced.number("p99_us"), "us_per_call": traced.number("p50_us")}
        if traced.hits is not None:
            values |= counted(traced.hits, truth, traced.number("seconds"))
            values |= {"us_per_hit": traced.number("p50_us"), "tracer_cpu_s": traced.summary.get("tracer_cpu_s")}
        return values


def usable_policies(plan, notes):
    policies = [p for p in waiting_policies() if plan.allows(p)]
    if not os.access("/dev/cpu_dma_latency", os.W_OK):
        notes.append("the latency device can't be opened here: all rows are without it")
        return [p for p in policies if not p.wrapper]
    if os.geteuid() != 0:
        notes.append("without the device: left out, hiding it takes root")
        return [p for p in policies if not p.wrapper]
    return policies


def of_best_fixed(suite):
    """The speed of `auto`, of the better one of the fixed policies in the same repetition."""
    for load in suite.loads():
        for device in ("", ", no device"):
            arms = [[c for c in suite.cells if (c.load, c.arm) == (load, name + device)]
                    for name in ("auto", "block", "spin")]
            if not all(arms):
                continue
            for auto, *fixed in zip(*(cell.samples for (cell,) in arms)):
                costs = [one.get("us_per_hit") for one in fixed]
                if auto.get("us_per_hit") and all(costs):
                    auto["of_best_fixed"] = min(costs) / auto["us_per_hit"]


def wait_suite(_, plan):
    notes = []
    arms = [Untraced(), Floor("floor", "--pinned"), *usable_policies(plan, notes)]
    cells = []
    for threads in (1, 4, 8):
        for tracer in arms:
            loop = HotLoop(tracer, threads, plan.seconds, plan.timeout)
            cells.append(Cell(tracer.name, f"{threads} hot", lambda loop=loop: loop.run()[1], plan.seconds + 0.5))
    for tracer in arms:
        if not isinstance(tracer, Floor):  # it runs on spin only
            cells.append(Cell(tracer.name, "a hit every 3 ms", Paced(tracer, plan.seconds, plan.timeout).run,
                              plan.seconds + 0.5))
    return Suite("wait", "Ways to wait (a hit's cost in the third case: median of the program's own call)",
                 COLUMNS, cells, RATIOS, notes=notes, derive=of_best_fixed)


def idle_cpu(policy, seconds):
    """The tracer's processor time, as a percentage of one, while the program never arrives."""
    with tempfile.NamedTemporaryFile() as events:
        command = [*policy.command("target", events.name), "--", places.tracee("paced"), "1000000000", "1"]
        with process.Background(command) as tracer:
            process.wait_until(lambda: len(process.descendants(tracer.pid)) > 2 or tracer.has_ended(), 10,
                               "the program didn't start")
            time.sleep(1)  # start-up, and whatever it does when hits have ceased
            if tracer.has_ended():
                raise Failed(f"ended too early: {tracer.said()[-200:]}")
            mine = [pid for pid in process.descendants(tracer.pid) if not is_program(pid)]
            before, began = process.cpu_seconds(mine), time.monotonic()
            time.sleep(seconds)
            spent = process.cpu_seconds(mine) - before
            took = time.monotonic() - began
    process.clear_orphans()
    return {"cpu_percent": 100 * spent / took}


def is_program(pid):
    return os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(places.tracee("paced"))


def idle_suite(_, plan):
    notes = []
    cells = [Cell(policy.name, f"no hit for {plan.idle_seconds:g} s",
                  lambda policy=policy: idle_cpu(policy, plan.idle_seconds), plan.idle_seconds + 1.5)
             for policy in usable_policies(plan, notes)]
    return Suite("idle", "The tracer's own processor time while nothing happens",
                 [Column("% of a CPU", "cpu_percent", 3, True)], cells, notes=notes)
