"""Where a function of a file is in a process that runs it."""
import os
import re
import subprocess
from .process import Failed


def symbol(file, name):
    for table in ([], ["-D"]):
        said = subprocess.run(["nm", *table, file], capture_output=True, text=True).stdout
        if found := re.search(rf"^([0-9a-f]+) [TtWi] {re.escape(name)}(@.*)?$", said, re.MULTILINE):
            return int(found[1], 16)
    raise Failed(f"{file} has no symbol {name}")


def address(pid, file, name):
    """At run time; the file may be position-independent or not."""
    real = os.path.realpath(file)
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        begins = [int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith(" " + real)]
    if not begins:
        raise Failed(f"{file} is not mapped in {pid}")
    value = symbol(file, name)
    return value if value >= begins[0] else value + begins[0]


def byte_at(pid, place):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        return os.pread(memory.fileno(), 1, place)[0]
