"""The machine and the programs, by what matters for the figures."""
import os
import pathlib
import platform
import re
import shutil
import subprocess

VERSIONS = {"gdb": ["gdb", "--version"], "lldb": ["lldb", "--version"], "ltrace": ["ltrace", "--version"],
            "bpftrace": ["bpftrace", "--version"], "uftrace": ["uftrace", "--version"],
            "redis": ["redis-server", "--version"], "nginx": ["nginx", "-v"], "wrk": ["wrk", "--version"]}


def _version(command):
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    found = re.search(r"\d+\.\d+(\.\w+)*", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def describe():
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {"cpus": len(os.sched_getaffinity(0)), "processor": model[1] if model else "unknown",
            "kernel": platform.release(), "load_average": round(os.getloadavg()[0], 2),
            "latency_device": os.access("/dev/cpu_dma_latency", os.W_OK), "root": os.geteuid() == 0,
            "versions": {name: found for name, command in VERSIONS.items() if (found := _version(command))}}


def sentence(machine):
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (f"{machine['cpus']} CPUs ({machine['processor']}), Linux {machine['kernel']}; load average "
            f"{machine['load_average']} when it began; latency device "
            f"{'open to us' if machine['latency_device'] else 'not open to us'}\n{versions or 'no peers here'}")
