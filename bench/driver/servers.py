"""Real servers under their own load generators. A tracer attaches for the length of a load. The truth is
the server's own count of its commands or requests. Loopback only, on ports that the kernel gives."""
import contextlib
import csv
import os
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import time

from . import process
from .hot import SERVICE_COLUMNS, counted
from .process import Failed
from .suite import Cell, Column, Ratio, Suite
from .tracers import Target, Uprobes

CLIENTS = 20


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, question, until):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(question)
        answer = b""
        while until not in answer:
            more = connection.recv(65536)
            if not more:
                break
            answer += more
    return answer.decode()


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Redis:
    title = "redis-server under redis-benchmark, at processCommand"
    needs = ("redis-server", "redis-benchmark")
    function = "processCommand"

    def __init__(self, seconds):
        self.seconds, self.requests = seconds, 2000

    @contextlib.contextmanager
    def started(self):
        with tempfile.TemporaryDirectory() as directory:
            self.port = free_port()
            with process.Background(["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                                     "--appendonly", "no", "--dir", directory]) as server:
                process.wait_until(lambda: accepts(self.port), 10, "redis-server doesn't answer")
                yield Target(server.pid, os.path.realpath(f"/proc/{server.pid}/exe"), self.function)
                server.signal(signal.SIGTERM)
                server.wait(10)

    def count(self):
        """Commands so far. The one that asks is not in it yet, but in the next answer."""
        said = ask(self.port, b"*2\r\n$4\r\nINFO\r\n$5\r\nstats\r\n", b"total_commands_processed")
        return int(re.search(r"total_commands_processed:(\d+)", said)[1])

    def load(self):
        """As many requests as take some `seconds`, judged by the last run."""
        done = process.run(["redis-benchmark", "-h", "127.0.0.1", "-p", self.port, "-t", "get", "-c", CLIENTS,
                            "-n", self.requests, "--csv"], 60 + 20 * self.seconds)
        rows = [row for row in csv.reader(done.output.splitlines()) if row and row[0] == "GET"]
        if not rows:
            raise Failed(f"redis-benchmark: {done.complaint()}")
        rate, p50, p99 = float(rows[0][1]), float(rows[0][4]), float(rows[0][6])
        self.requests = int(min(5_000_000, max(500, rate * self.seconds)))
        return {"requests_per_s": rate, "p50_us": p50 * 1e3, "p99_us": p99 * 1e3}


CONFIGURATION = """
daemon off; worker_processes 1; pid {0}/pid; error_log {0}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};
  server {{
    listen 127.0.0.1:{1};
    keepalive_requests 1000000000;
    location / {{ return 200 "well\\n"; }}
    location = /status {{ stub_status; }}
  }}
}}
"""


class Nginx:
    title = "nginx (one worker) under wrk, at ngx_http_create_request"
    needs = ("nginx", "wrk")
    function = "ngx_http_create_request"

    def __init__(self, seconds):
        self.seconds = max(1, round(seconds))  # wrk counts in whole ones

    @contextlib.contextmanager
    def started(self):
        with tempfile.TemporaryDirectory() as directory:
            self.port = free_port()
            os.chmod(directory, 0o755)  # the worker may be another user
            configuration = pathlib.Path(directory, "nginx.conf")
            configuration.write_text(CONFIGURATION.format(directory, self.port))
            with process.Background([shutil.which("nginx"), "-c", configuration, "-e", directory + "/error.log"]) as server:
                process.wait_until(lambda: server.has_ended() or accepts(self.port), 10, "nginx doesn't answer")
                process.wait_until(lambda: len(process.descendants(server.pid)) > 1, 10, "no worker")
                worker = process.descendants(server.pid)[1]
                yield Target(worker, os.path.realpath(f"/proc/{worker}/exe"), self.function)
                server.signal(signal.SIGTERM)
                server.wait(10)

    def count(self):
        """Requests so far, with the one that asks."""
        said = ask(self.port, b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"Writing")
        return int(re.search(r"^ \d+ \d+ (\d+)", said, re.MULTILINE)[1])

    def load(self):
        done = process.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{self.seconds}s", "--latency",
                            f"http://127.0.0.1:{self.port}/"], 60 + self.seconds)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", done.output)
        if not rate or float(rate[1]) == 0:
            raise Failed(f"wrk: {done.complaint()}")
        return {"requests_per_s": float(rate[1]), "p50_us": self._quantile(done.output, 50),
                "p99_us": self._quantile(done.output, 99)}

    @staticmethod
    def _quantile(said, percent):
        value, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)", said, re.MULTILINE).groups()
        return float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def traced_load(server, tracer):
    """One load on a server of its own, with a question for the server's count before it and after it."""
    with server.started() as target:
        with tracer.attach(target) as attached:
            before, began = server.count(), time.monotonic()
            values = server.load()
            after, seconds = server.count(), time.monotonic() - began
    if tracer.name == "untraced":
        return values
    if attached.hits is None:
        raise Failed("no count")
    # Both questions come while the tracer is there. `before` leaves out what `after` leaves out, or
    # counts what it counts; so the difference and one more have arrived.
    values |= counted(attached.hits, after - before + 1, seconds) | {"truth": after - before + 1}
    return values | {"tracer_cpu": 100 * attached.cpu_s / seconds}


def server_suite(suite_name, server_class, tracers, plan):
    missing = [program for program in server_class.needs if not shutil.which(program)]
    usable = [t for t in tracers if t.attaches and t.program == "spin-nopie"]
    cells = []
    for tracer in usable if not missing else []:
        server = server_class(plan.seconds)  # each arm learns for itself how many requests take so long
        # Whether the kernel steps here or emulates is the instruction's doing, not the arm's.
        name = "uprobe" if isinstance(tracer, Uprobes) else tracer.name
        cells.append(Cell(name, f"{CLIENTS} clients", lambda s=server, t=tracer: traced_load(s, t),
                          plan.seconds + 2))
    suite = Suite(suite_name, server_class.title, SERVICE_COLUMNS + [Column("tracer cpu %", "tracer_cpu", 1)], cells,
                  [Ratio("of_untraced", "requests_per_s", "untraced")])
    if left := [t.name for t in tracers if not t.attaches and not t.ours]:
        suite.notes.append("not here, as the driver can't attach them: " + ", ".join(left))
    if missing:
        suite.notes.append("left out: not installed: " + " ".join(missing))
    return suite
