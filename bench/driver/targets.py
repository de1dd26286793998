"""The project's targets beside what was measured: the median decides, the spread is shown. A target whose
row was not measured, or failed, is not there."""
from dataclasses import dataclass


@dataclass
class Target:
    what: str
    suite: str
    load: str
    arm: str
    key: str
    limit: float
    unit: str = "x"
    at_least: bool = False


def _hot(what, arm, key, limit, at_least=False, loads=("1 hot", "4 hot")):
    return [Target(f"{what}, {load}", "hot", load, arm, key, limit, at_least=at_least) for load in loads]


TARGETS = [
    *_hot("count-only hit, over the floor", "displaced", "over_floor", 1.15),
    Target("the same without the latency device, 1 hot", "wait", "1 hot", "auto, no device", "over_floor", 2),
    Target("the same without the latency device, 4 hot", "wait", "4 hot", "auto, no device", "over_floor", 1.3),
    *_hot("hit with six arguments to JSON Lines, over the floor", "displaced-args", "over_floor", 1.4),
    *_hot("hit rate, of GDB's non-stop", "gdb-non-stop", "displaced_ahead", 20, True),
    *_hot("hit rate, of GDB's all-stop", "gdb-all-stop", "displaced_ahead", 45, True),
    *_hot("hit rate, of ltrace's", "ltrace", "displaced_ahead", 45, True),
    *_hot("hit rate, of LLDB's", "lldb", "displaced_ahead", 200, True),
    *_hot("hit rate, of stepped uprobes'", "uprobe-stepped", "displaced_ahead", 1, True, ("1 hot",)),
    *(Target(f"default --wait, of the best fixed one{device}, {load}", "wait", load, "auto" + device, "of_best_fixed",
             0.9, at_least=True)
      for device in ("", ", no device") for load in ("1 hot", "8 hot", "a hit every 3 ms")),
    Target("idle tracer", "idle", "", "auto", "cpu_percent", 1, "% of a CPU"),
    Target("idle tracer without the device", "idle", "", "auto, no device", "cpu_percent", 1, "% of a CPU"),
    Target("service beside a hot thread, of untraced", "bystander", "1 hot", "displaced", "of_untraced", 0.75,
           at_least=True),
    Target("service beside a hot thread, of all-stop's", "bystander", "1 hot", "all-stop", "displaced_ahead", 5,
           at_least=True),
    *(Target(f"hit among 1,000 threads, {load}, over only the hot ones", "threads", load, "1000 asleep", "over_least", 1.5)
      for load in ("1 hot", "8 hot")),
    Target("slowest of 8 hot among 1,000 threads, of the mean", "threads", "8 hot", "1000 asleep", "fairness", 0.5,
           at_least=True),
    Target("arm 100,000 sites", "arming", "running", "100000 sites", "attach_ms", 1000, "ms"),
    Target("disarm 100,000 sites", "arming", "running", "100000 sites", "leave_ms", 1000, "ms"),
    Target("memory for a site", "arming", "running", "100000 sites", "bytes_a_site", 200, "bytes"),
    *(Target(f"attach to 1,000 threads, {hot} hot", "attach", f"1000 asleep, {hot} hot", "displaced", "attach_ms", 1000, "ms")
      for hot in (0, 8)),
    *(Target(f"leave 1,000 threads, {hot} hot", "attach", f"1000 asleep, {hot} hot", "displaced", "leave_ms", 1000, "ms")
      for hot in (0, 8)),
    # A page now and then is what an allocator's bookkeeping does.
    Target("resident memory over a long run", "memory", "4 hot", "counts only", "kib_per_million", 1,
           "KiB per 10^6 hits"),
]


def _row(results, target):
    for suite in results:
        for row in suite["rows"]:
            if (suite["name"] == target.suite and row["arm"] == target.arm
                    and row["load"].startswith(target.load)):
                return row
    return {}


def judge(results):
    """[{what, target, measured, met}]"""
    judged = []
    for target in TARGETS:
        measured = _row(results, target).get(target.key)
        if measured is None:
            continue
        median = measured["median"]
        judged.append({"what": target.what, "limit": target.limit, "unit": target.unit, "at_least": target.at_least,
                       "measured": measured,
                       "met": median >= target.limit if target.at_least else median <= target.limit})
    return judged


def _cells(one):
    return [one["what"], f"{'≥' if one['at_least'] else '≤'} {one['limit']:g} {one['unit']}",
            f"{one['measured']['median']:.3g}", "{low:.3g}–{high:.3g}".format(**one["measured"]),
            "met" if one["met"] else "NOT MET"]


def text(judged):
    lines = [_cells(one) for one in judged]
    widths = [max(map(len, column)) for column in zip(*lines)]
    aligned = ("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in lines)
    return "\n".join(["Targets: median, lowest to highest", *aligned]) + "\n"


def markdown(judged):
    lines = ["| | target | median | low–high | |", "|---|---|---:|---:|---|"]
    lines += ["| " + " | ".join(_cells(one)) + " |" for one in judged]
    return "\n".join(["### Targets", "", *lines]) + "\n"
