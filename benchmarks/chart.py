"""The picture: bars of requests per second, one panel for each temperature, as plain SVG."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from benchmarks.targets import TEMPERATURES
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.run import Run

COLORS = {
    "gateway": "#2f81f7",
    "interpreted": "#7aa7dc",
    "tailcall": "#d29922",
    "yoga": "#a371f7",
    "apollo": "#db61a2",
    "hive": "#3fb950",
    "strawberry": "#f0705a",
    "asgi": "#8b949e",
}
"""Of middling lightness: they are seen on white and on black."""

PANEL, LABEL, GAP, VALUE = 250, 74, 16, 46
BAR, BETWEEN = 9, 10
TOP = 78
LEAST, MOST = 1.0, 5.0
"""Powers of ten at the ends of the scale."""

STYLE = """
text { font: 11px system-ui, sans-serif; fill: #59636e }
.title { font-size: 13px; font-weight: 600 }
.value { font-size: 9px }
line { stroke: #8b949e; stroke-opacity: .35 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }
"""


def drawn(run: Run) -> str:
    """The whole file."""
    height = TOP + len(WORKLOADS) * _group(run) + 8
    width = LABEL + len(TEMPERATURES) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'aria-label="Requests per second of one core, by workload and server">',
        f"<style>{STYLE}</style>",
        _text(0, 16, "Requests per second of one core, on a logarithmic scale", "title"),
        *_legend(run),
        *_workload_labels(run),
    ]
    for at, temperature in enumerate(TEMPERATURES):
        parts += _panel(run, temperature, LABEL + at * (PANEL + GAP), height)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _group(run: Run) -> int:
    return len(run.targets) * BAR + BETWEEN


def _legend(run: Run) -> Iterator[str]:
    left = 0
    for target in run.targets:
        yield f'<rect x="{left}" y="27" width="10" height="10" fill="{COLORS[target.name]}"/>'
        yield _text(left + 14, 36, target.title)
        left += 28 + 6 * len(target.title)


def _workload_labels(run: Run) -> Iterator[str]:
    for at, workload in enumerate(WORKLOADS):
        yield _text(0, TOP + at * _group(run) + _group(run) // 2, workload.name)


def _panel(run: Run, temperature: str, left: int, height: int) -> Iterator[str]:
    yield _text(left, 60, temperature, "title")
    for power in range(int(LEAST), int(MOST) + 1):
        at = left + _length(10.0**power)
        yield f'<line x1="{at:.0f}" x2="{at:.0f}" y1="{TOP - 4}" y2="{height - 8}"/>'
        yield _text(at, TOP - 7, _round(10**power), "value", "middle")
    for row, workload in enumerate(WORKLOADS):
        top = TOP + row * _group(run)
        for target in run.targets:
            result = run.find(target.name, temperature, workload.name)
            if result is not None:
                length = max(_length(result.capacity), 1)
                yield (
                    f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{BAR - 1}" '
                    f'fill="{COLORS[target.name]}"/>'
                )
                yield _text(left + length + 3, top + BAR - 1, f"{result.capacity:,.0f}", "value")
            top += BAR


def _length(value: float) -> float:
    """Of a bar; what is below the scale has none."""
    part = (log10(max(value, 1e-9)) - LEAST) / (MOST - LEAST)
    return min(max(part, 0.0), 1.0) * (PANEL - VALUE)


def _round(value: int) -> str:
    return f"{value // 1000}k" if value >= 1000 else str(value)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    attributes = f' class="{kind}"' if kind else ""
    attributes += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{attributes}>{escape(text)}</text>'
