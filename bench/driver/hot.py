"""Programs that count for themselves, started under each tracer: the hot loop, and a service beside it."""
from . import places
from .suite import Cell, Column, Ratio, Suite

MOST_CALLS = 2_000_000_000  # that tracee/spin takes for one thread


class HotLoop:
    """One arm in one loop. From run to run the number of calls is set to what takes `seconds`: how fast a
    tracer is shows as well in few arrivals, if they are enough to time."""

    def __init__(self, tracer, threads, seconds, timeout_s, sleepers=0, program=None):
        self.tracer, self.threads, self.seconds, self.timeout_s = tracer, threads, seconds, timeout_s
        self.sleepers = sleepers
        self.program = places.tracee(program or tracer.program)
        self.calls = self._in_reason(seconds * 1e6 / tracer.guess_us)

    def _in_reason(self, calls):
        """For each thread."""
        each = min(calls, self.tracer.most_arrivals) / self.threads
        return int(max(20, min(each, MOST_CALLS)))

    def run(self, launch=None):
        command = [self.program, str(self.threads), str(self.calls)]
        if self.tracer.name != "untraced":  # the loop itself is so short that timing calls would show
            command.append(str(self.sleepers))
        traced = (launch or self.tracer.launch)(command, self.timeout_s)
        truth, seconds = int(traced.values["arrivals"]), traced.number("seconds")
        self.calls = self._in_reason(self.seconds * truth / seconds)
        return traced, sample(traced, truth, seconds)


def sample(traced, truth, seconds):
    values = {"truth": truth, "us_per_call": seconds * 1e6 / truth}
    values |= {key: traced.number(key) for key in ("fairness", "p50_us", "p99_us")}
    if traced.hits is not None:
        values |= counted(traced.hits, truth, seconds)
        values["tracer_cpu_s"] = max(0, traced.finished.cpu_s - (traced.number("cpu_s") or 0))
        if "tracer_us_per_hit" in traced.summary:
            values["tracer_us"] = traced.summary["tracer_us_per_hit"]
    return values


def counted(hits, truth, seconds):
    values = {"hits": hits, "missed": truth - hits, "hits_per_s": hits / seconds,
              "us_per_hit": seconds * 1e6 / hits if hits else None}
    return values | {"missed_percent": 100 * (truth - hits) / truth}


HOT_COLUMNS = [Column("hits/s", "hits_per_s"), Column("us/hit", "us_per_hit", 2, True),
               Column("p50 us", "p50_us", 2), Column("p99 us", "p99_us", 1),
               Column("x floor", "over_floor", 2), Column("displaced is x", "displaced_ahead", 2),
               Column("slowdown", "slowdown", 1), Column("missed", "missed"),
               Column("%", "missed_percent", 2), Column("fairness", "fairness", 2),
               Column("tracer us", "tracer_us", 2), Column("tracer cpu s", "tracer_cpu_s", 2)]

HOT_RATIOS = [Ratio("over_floor", "us_per_hit", "floor"), Ratio("slowdown", "us_per_call", "untraced"),
              Ratio("displaced_ahead", "hits_per_s", "displaced", inverse=True)]


def hot_suite(tracers, plan):
    cells = []
    for threads in plan.threads:
        for tracer in tracers:
            loop = HotLoop(tracer, threads, plan.seconds, plan.timeout)
            cells.append(Cell(tracer.name, f"{threads} hot", lambda loop=loop: loop.run()[1],
                              plan.seconds + 0.5))
    return Suite("hot", "Hot loop: threads that do nothing but arrive", HOT_COLUMNS, cells, HOT_RATIOS)


class Bystander:
    """A service on loopback beside hot threads, all in one process."""

    def __init__(self, tracer, seconds, timeout_s):
        self.tracer, self.timeout_s = tracer, timeout_s
        self.command = [places.tracee("bystander"), "1", f"{seconds:.3f}"]

    def run(self):
        traced = self.tracer.launch(self.command, self.timeout_s)
        truth, seconds = int(traced.values["arrivals"]), traced.number("seconds")
        values = {"truth": truth}
        if traced.hits is not None:
            values |= counted(traced.hits, truth, seconds)
        for key in ("requests_per_s", "p50_us", "p99_us", "eintr"):
            values[key] = traced.number(key)
        if "bystander_stops" in traced.summary:
            values["bystander_stops"] = traced.summary["bystander_stops"]
        return values


SERVICE_COLUMNS = [Column("requests/s", "requests_per_s", 0, True), Column("of untraced", "of_untraced", 3),
                   Column("p50 us", "p50_us", 1), Column("p99 us", "p99_us", 1),
                   Column("hits/s", "hits_per_s"), Column("missed", "missed")]


def bystander_suite(tracers, plan):
    usable = [t for t in tracers if t.program == "spin-nopie" and not t.name.startswith("floor")]
    cells = [Cell(t.name, "1 hot", Bystander(t, plan.seconds, plan.timeout).run, plan.seconds + 0.5)
             for t in usable]
    columns = SERVICE_COLUMNS + [Column("EINTR", "eintr"), Column("bystander stops", "bystander_stops"),
                                 Column("displaced is x", "displaced_ahead", 2)]
    left = [t.name for t in tracers if t not in usable and not t.ours]
    return Suite("bystander", "A service beside a hot thread of its own process", columns, cells,
                 [Ratio("of_untraced", "requests_per_s", "untraced"),
                  Ratio("displaced_ahead", "requests_per_s", "displaced", inverse=True)],
                 notes=["not here, as they want another build of the program: " + ", ".join(left)] if left else [])
