"""What is to be run, from the command line."""
import argparse
import os
import pathlib

from . import hot, places, scale, servers, waiting
from .tracers import Sidestep, all_tracers

SUITES = {
    "hot": hot.hot_suite,
    "bystander": hot.bystander_suite,
    "redis": lambda tracers, plan: servers.server_suite("redis", servers.Redis, tracers, plan),
    "nginx": lambda tracers, plan: servers.server_suite("nginx", servers.Nginx, tracers, plan),
    "wait": waiting.wait_suite,
    "idle": waiting.idle_suite,
    "sites": scale.sites_suite,
    "threads": scale.threads_suite,
    "arming": scale.arming_suite,
    "attach": scale.attach_suite,
    "memory": scale.memory_suite,
}
USUAL = "hot,bystander,redis,nginx"


def _names(text):
    return [word for word in text.split(",") if word]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run", description="Runs every arm under every load, interleaved, "
                                     "and prints tables. Suites: " + ", ".join(SUITES) + "; or all.")
    add = parser.add_argument
    add("--suites", type=_names, default=_names(USUAL), help=f"which tables (default {USUAL})")
    add("--arms", type=_names, help="which tracers (default: all that are installed)")
    add("--threads", type=lambda text: [int(word) for word in _names(text)], default=[1, 2, 4, 8, 64],
        help="numbers of hot threads (1,2,4,8,64)")
    add("-n", "--repetitions", type=int, default=5)
    add("--seconds", type=float, default=1.0, help="length of a run, about (1)")
    add("--idle-seconds", type=float, default=5.0, help="suite idle: for how long nothing happens (5)")
    add("--memory-hits", type=float, default=1e7, help="suite memory: length of the run (1e7)")
    add("--timeout", type=float, default=120.0, help="seconds that a run may take (120)")
    add("--json", metavar="FILE", help="write the results there too")
    add("--build", metavar="DIR", type=pathlib.Path, help="build directory (build/ beside bench/)")
    add("--sidestep", metavar="FILE", help="the program to measure")
    add("--extra", type=_names, default=[], metavar="OPTS", help="further options for it, with commas between")
    add("--dry-run", action="store_true", help="say what would be run and how long it takes, and end")
    plan = parser.parse_args(arguments)
    plan.memory_hits = int(plan.memory_hits)
    if plan.build:
        places.BUILD = plan.build.resolve()
    if plan.sidestep:
        path = os.path.abspath(plan.sidestep)
        places.sidestep = lambda: path
    plan.allows = lambda tracer: not plan.arms or tracer.name in plan.arms
    _check(parser, plan)
    Sidestep.extra = plan.extra
    return plan


def _check(parser, plan):
    if plan.suites == ["all"]:
        plan.suites = list(SUITES)
    if unknown := set(plan.suites) - set(SUITES):
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are: {', '.join(SUITES)}")
    known = set(all_tracers()) | {policy.name for policy in waiting.waiting_policies()}
    if unknown := set(plan.arms or []) - known:
        parser.error(f"no arm {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}")
    if min(plan.threads) < 1 or plan.repetitions < 1 or plan.seconds <= 0:
        parser.error("threads, repetitions and seconds must be more than 0")
    if plan.json:
        try:
            open(plan.json, "a", encoding="utf-8").close()
        except OSError as error:
            parser.error(f"--json {plan.json}: {error.strerror}")
    for program in (places.sidestep(), places.bench_program("floor"), places.tracee("spin-nopie")):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} is not there: build first")


def tracers_here(plan, notes):
    """Those that were asked for and are installed. Who is not is said."""
    here = []
    for tracer in all_tracers().values():
        if not plan.allows(tracer):
            continue
        if why := tracer.missing():
            notes.append(f"left out: {tracer.name}: {why}")
        else:
            here.append(tracer)
    return here


def suites(plan, notes):
    tracers = tracers_here(plan, notes)
    return [SUITES[name](tracers, plan) for name in plan.suites]
