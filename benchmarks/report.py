"""What a run came to: the table on the terminal, and docs/benchmarks.md with its picture."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from shutil import which
from subprocess import run as executed
from typing import TYPE_CHECKING

from benchmarks import chart, prose
from benchmarks.growth import LISTS, REMEMBERED
from benchmarks.run import TARGETS
from benchmarks.targets import ROOT, TEMPERATURES
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.growth import Growth
    from benchmarks.measure import Result
    from benchmarks.run import Run
    from benchmarks.targets import Target

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "images" / "benchmarks.svg"


def summary(run: Run) -> str:
    """Capacity of one core, by temperature, target and workload."""
    parts = []
    for temperature in TEMPERATURES:
        rows = list(_summary_rows(run, temperature, bold=False))
        if rows:
            heading = [f"{temperature}: requests/s", *_measured_workloads(run)]
            parts.append(_table(heading, rows))
    return "\n\n".join(parts)


def write(run: Run, rounds: int, seconds: float) -> None:
    """The document and the picture; what was written by hand stays."""
    old = DOCUMENT.read_text("utf-8") if DOCUMENT.exists() else ""
    DOCUMENT.write_text(_document(run, rounds, seconds, prose.kept(old)), "utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(chart.drawn(run), "utf-8")
    print(f"Written: {DOCUMENT.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


def _document(run: Run, rounds: int, seconds: float, by_hand: str) -> str:
    sections = [prose.head(_machine(), rounds, seconds, run.pace)]
    for temperature in TEMPERATURES:
        rows = list(_summary_rows(run, temperature, bold=True))
        if rows:
            heading = [f"**{temperature}**", *_measured_workloads(run)]
            sections.append(_table(heading, rows))
    sections += [by_hand, prose.SETUP, _setup(run)]
    if run.missing:
        sections += [
            prose.MISSING,
            "\n".join(f"- {_titled(k)}: {v}" for k, v in run.missing.items()),
        ]
    if run.growth:
        sections.append(_growth(run.growth))
    sections += [prose.DETAILS, *(_details(run, temperature) for temperature in TEMPERATURES)]
    return "\n\n".join(part.strip("\n") for part in sections if part) + "\n"


def _summary_rows(run: Run, temperature: str, *, bold: bool) -> Iterable[list[str]]:
    peers = [target for target in run.targets if target.name != "asgi"]
    best = {
        name: max(
            (found.capacity for each in peers if (found := run.find(each.name, temperature, name))),
            default=0.0,
        )
        for name in _measured_workloads(run)
    }
    for target in run.targets:
        results = [run.find(target.name, temperature, name) for name in best]
        if any(results):
            yield [target.title, *(_capacity(each, best, bold=bold) for each in results)]


def _capacity(result: Result | None, best: dict[str, float], *, bold: bool) -> str:
    if result is None:
        return "-"
    shown = f"{result.capacity:,.0f}"
    return f"**{shown}**" if bold and result.capacity == best[result.workload] else shown


def _details(run: Run, temperature: str) -> str:
    heading = ["", "", "requests/s", "in the window", "CPU us", "p50 ms", "p99 ms", "MB"]
    rows = [
        [*_place(result, target, temperature), *_figures(result)]
        for workload in _measured_workloads(run)
        for target in run.targets
        if (result := run.find(target.name, temperature, workload))
    ]
    return f"### {temperature}\n\n{_table([*heading, 'upstream', 'bytes'], rows)}" if rows else ""


def _place(result: Result, target: Target, temperature: str) -> list[str]:
    same = target.same_as.get(temperature)
    return [result.workload, f"{target.title} (as {same})" if same else target.title]


def _figures(result: Result) -> list[str]:
    return [
        f"{result.capacity:,.0f}",
        f"{result.measured:,.0f}",
        f"{result.cpu:,.0f}",
        f"{result.p50:,.2f}",
        f"{result.p99:,.2f}",
        f"{result.memory:,.0f}",
        f"{result.upstream:.2f}",
        f"{result.answer:,}",
    ]


def _growth(growth: Growth) -> str:
    lists = [each for first in LISTS for each in (f"{first}, us", "us a call")]
    clients = ["", "connections", "requests/s", "CPU us", "p50 ms", "p99 ms", "MB"]
    documents = ["documents", "CPU us", "p50 ms", "p99 ms", "MB"]
    return "\n\n".join(
        [
            "## Growth",
            "Lists of calls with their agents' names; CPU of the gateway:",
            _table(["", *lists], growth.lists),
            f"Memory of {REMEMBERED:,} more calls, read as cards, where the upstream's answers "
            "are remembered (warm):",
            _table(["", "MB before", "MB more"], growth.memory),
            "Connections, each with one request under way; W1, hot:",
            _table(clients, growth.connections),
            "Distinct documents, asked in turn; W1, warm, the gateway:",
            _table(documents, growth.documents),
        ]
    )


def _setup(run: Run) -> str:
    rows = [[target.title, run.versions[target.name], target.note] for target in run.targets]
    return _table(["", "versions", "configuration"], rows, numbers=False)


def _titled(what: str) -> str:
    name, _, rest = what.partition(",")
    titles = {target.name: target.title for target in TARGETS}
    return f"{titles.get(name, name)}{',' if rest else ''}{rest}"


def _measured_workloads(run: Run) -> list[str]:
    measured = {result.workload for result in run.results}
    return [each.name for each in WORKLOADS if each.name in measured]


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    """In Markdown, its columns as wide as their cells."""
    lines = [list(heading), *(list(row) for row in rows)]
    widths = [max(3, *(len(line[at]) for line in lines)) for at in range(len(heading))]
    is_text = [
        at == 0 or not numbers or not lines[-1][at][:2].strip("*-")[:1].isdigit()
        for at in range(len(heading))
    ]
    marks = [
        "-" * width if text else "-" * (width - 1) + ":"
        for width, text in zip(widths, is_text, strict=True)
    ]
    shown = [lines[0], marks, *lines[1:]]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(line, widths, is_text, strict=True)
        )
        + " |"
        for line in shown
    )


def _machine() -> str:
    node = which("node")
    versions = [f"Python {platform.python_version()}"]
    if node:
        said = executed([node, "--version"], capture_output=True, text=True, check=False).stdout
        versions.append(f"Node {said.strip().removeprefix('v')}")
    cores = os.cpu_count() or 1
    return (
        f"{cores} {'core' if cores == 1 else 'cores'} of {_processor()}, {sys.platform}, "
        f"{', '.join(versions)}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
