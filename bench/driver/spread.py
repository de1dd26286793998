"""Median and spread of a few repetitions. Ratios are taken within a repetition, where the machine was
the same for both sides, and their median is what is reported."""
import statistics


def spread_of(values):
    values = [value for value in values if value is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def metric(samples, name):
    return spread_of([sample.get(name) for sample in samples])


def ratios(samples, base, name, inverse=False):
    """Of `samples` to `base`, repetition by repetition, where both have a value."""
    found = []
    for mine, other in zip(samples, base):
        upper, lower = (other, mine) if inverse else (mine, other)
        if upper.get(name) is not None and lower.get(name):
            found.append(upper[name] / lower[name])
    return spread_of(found)


def slope(points):
    """Least squares: y for each x."""
    if len(points) < 2:
        return None
    mean_x, mean_y = (statistics.fmean(column) for column in zip(*points))
    below = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / below if below else None
