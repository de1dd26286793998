"""Results as aligned tables for people."""


def _cell(row, column):
    value = row.get(column.key)
    if value is None:
        return "-"
    if not isinstance(value, dict):
        return f"{value:.{column.digits}f}"
    return f"{value['median']:.{column.digits}f}"


def _range(row, column):
    value = row.get(column.key)
    return f"{value['low']:.{column.digits}f}–{value['high']:.{column.digits}f}" if isinstance(value, dict) else "-"


def _cells(suite, row):
    cells = [row["load"], row["arm"]]
    for column in suite.columns:
        cells.append(_cell(row, column))
        if column.with_range:
            cells.append(_range(row, column))
    return cells


def _trouble(row):
    """What must not be overlooked, behind the row's last column."""
    if "error" not in row:
        return ""
    return f"  FAILED {row['failures']} of {len(row['samples'])}: {' '.join(row['error'].split())}"


def text(suite, rows):
    header = ["load", "arm"]
    for column in suite.columns:
        header += [column.title, "low–high"] if column.with_range else [column.title]
    lines = [header] + [_cells(suite, row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    troubles = [""] + [_trouble(row) for row in rows]
    said = [suite.title, *suite.notes]
    previous = None
    for cells, trouble in zip(lines, troubles):
        shown = [""] + cells[1:] if cells[0] == previous else cells
        previous = cells[0]
        aligned = [word.ljust(width) if i < 2 else word.rjust(width)
                   for i, (word, width) in enumerate(zip(shown, widths))]
        said.append(("  ".join(aligned) + trouble).rstrip())
    return "\n".join(said) + "\n"
