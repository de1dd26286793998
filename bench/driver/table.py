"""Results as tables: aligned for people at a terminal, or in Markdown for the documentation. A result is what
the JSON file has of a suite: {name, title, notes, columns, rows}."""


def _value(row, column):
    value = row.get(column["key"])
    if isinstance(value, dict):
        value = value["median"]
    return "-" if value is None else f"{value:.{column['digits']}f}"


def _range(row, column):
    value = row.get(column["key"])
    if not isinstance(value, dict):
        return "-"
    return f"{value['low']:.{column['digits']}f}–{value['high']:.{column['digits']}f}"


def _cells(columns, row):
    cells = [row["load"], row["arm"]]
    for column in columns:
        cells.append(_value(row, column))
        if column["with_range"]:
            cells.append(_range(row, column))
    return cells


def _trouble(row):
    """What must not be overlooked, behind the row's last column."""
    if "error" not in row:
        return ""
    return f"FAILED {row['failures']} of {len(row['samples'])}: {' '.join(row['error'].split())}"


def _grid(result):
    """Header, rows of cells, and what is wrong with each."""
    header = ["load", "arm"]
    for column in result["columns"]:
        header += [column["title"], "low–high"] if column["with_range"] else [column["title"]]
    rows = [_cells(result["columns"], row) for row in result["rows"]]
    for above, below in reversed(list(zip(rows, rows[1:]))):  # a load is named once
        if above[0] == below[0]:
            below[0] = ""
    return header, rows, [_trouble(row) for row in result["rows"]]


def text(result):
    header, rows, troubles = _grid(result)
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    said = [result["title"], *result["notes"]]
    for cells, trouble in zip([header, *rows], ["", *troubles]):
        aligned = [word.ljust(width) if i < 2 else word.rjust(width)
                   for i, (word, width) in enumerate(zip(cells, widths))]
        said.append("  ".join([*aligned, trouble]).rstrip())
    return "\n".join(said) + "\n"


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(result):
    """Columns that are empty throughout are left out."""
    header, rows, troubles = _grid(result)
    used = [i for i in range(len(header)) if i < 2 or any(row[i] != "-" for row in rows)]
    said = [f"### {result['title']}", "", *result["notes"], *([""] if result["notes"] else [])]
    said += [_line([header[i] for i in used]), "|" + "|".join("---" if i < 2 else "---:" for i in used) + "|"]
    for row, trouble in zip(rows, troubles):
        cells = [row[i] for i in used]
        said.append(_line(cells[:-1] + [f"{cells[-1]} **{trouble}**"] if trouble else cells))
    return "\n".join(said) + "\n"
