"""Where the programs are that are measured."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"  # --build sets it


def tracee(name):
    return str(BUILD / "bin" / "tracee" / name)


def bench_program(name):
    return str(BUILD / "bin" / "bench" / name)


def sidestep():
    return str(BUILD / "bin" / "sidestep")
