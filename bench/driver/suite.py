"""A suite is a table: rows of arms under loads. A cell is one row's way to be measured once."""
from dataclasses import dataclass, field
from typing import Callable

from . import spread
from .process import Failed


@dataclass
class Cell:
    arm: str
    load: str  # rows are compared within a load
    measure: Callable[[], dict]  # metric name to number; raises Failed
    seconds: float = 1.5  # about how long that takes, for the estimate only
    samples: list = field(default_factory=list)


@dataclass
class Ratio:
    key: str
    metric: str
    base: str  # an arm
    inverse: bool = False  # base over mine: for metrics of which less is more


@dataclass
class Column:
    title: str
    key: str
    digits: int = 0
    with_range: bool = False


@dataclass
class Suite:
    name: str
    title: str
    columns: list
    cells: list
    ratios: list = field(default_factory=list)
    totals: tuple = ("missed", "truth", "hits")  # summed over all repetitions, not medians
    notes: list = field(default_factory=list)
    most_repetitions: int = 1000
    derive: Callable = lambda suite: None  # adds metrics to samples that take two of them

    def loads(self):
        return list(dict.fromkeys(cell.load for cell in self.cells))

    def measure_once(self, repetition, progress):
        """Each cell once. The order turns from one repetition to the next, within each load."""
        for load in self.loads():
            cells = [cell for cell in self.cells if cell.load == load]
            start = repetition % len(cells)
            for cell in cells[start:] + cells[:start]:
                progress(f"{self.name}: {load}: {cell.arm}")
                cell.samples.append(sample := self._sample(cell))
                if "error" in sample:
                    progress(f"{self.name}: {load}: {cell.arm}: FAILED: {sample['error']}")

    @staticmethod
    def _sample(cell):
        try:
            return cell.measure()
        except Failed as error:
            return {"error": str(error) or "failed"}
        except Exception as error:  # output that nobody foresaw: no result either, and the others go on
            return {"error": f"{type(error).__name__}: {error}"}

    def rows(self):
        return [self._row(cell) for cell in self.cells]

    def _row(self, cell):
        row = {"arm": cell.arm, "load": cell.load, "samples": cell.samples}
        errors = [sample["error"] for sample in cell.samples if "error" in sample]
        if errors:
            row["error"], row["failures"] = errors[0], len(errors)
        keys = {key for sample in cell.samples for key in sample if key != "error"}
        for key in sorted(keys):
            if key in self.totals:
                row[key] = sum(sample.get(key) or 0 for sample in cell.samples)
            else:
                row[key] = spread.metric(cell.samples, key)
        for ratio in self.ratios:
            base = next((c for c in self.cells if c.load == cell.load and c.arm == ratio.base), None)
            if base:
                row[ratio.key] = spread.ratios(cell.samples, base.samples, ratio.metric, ratio.inverse)
        return row
