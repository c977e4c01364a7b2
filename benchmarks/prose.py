"""The words of docs/benchmarks.md around its tables, and the part of it that is written by hand."""

from __future__ import annotations

from benchmarks.measure import CONNECTIONS
from benchmarks.workloads import WORKLOADS

MARKERS = "<!-- written by hand -->", "<!-- end of what is written by hand -->"

_UNWRITTEN = """
## What falls short and why

Not written yet.
"""

SETUP = """
## What was compared

Everyone answers the same documents with the same variables. The right answers are computed from
the upstream's data without any GraphQL, and every answer of a rotation is compared with them before
anything is timed; under load every answer has to be a success. Compared are values, in every field:
enum values without regard to case and times as milliseconds, since what is configured and not
programmed passes on what the upstream says.
"""

MISSING = "Left out of this run, and why:"

DETAILS = f"""
## All figures

At {CONNECTIONS} connections, each with one request under way, so that latencies are those of a
server that has all it can do. *requests/s* is what one core could serve, from the CPU time; *in the
window* is what was served. *upstream* is requests to the upstream for one query: below what a query
needs where requests that are under way are shared. *MB* is resident memory after the window.
"""


def head(machine: str, rounds: int, seconds: float, pace: float) -> str:
    """What it is about, and how it is repeated."""
    workloads = "\n".join(f"- **{each.name}**: {each.title}" for each in WORKLOADS)
    return f"""
# Benchmarks

Written by `make bench`, all figures by one run: {machine}.

![Requests per second of one core](images/benchmarks.svg)

What is measured has one core; the load and the upstream have another. The upstream answers from
ready bytes: a call is 58 KB, a page of 50 calls 131 KB. Requests rotate over 256 calls and 64
pages of calls, for {seconds:g} s after a warm-up. Everyone has {rounds} such windows for each
cell, in rounds, and the best of them counts: whatever else the machine does slows them down. They
are:

{workloads}

**cold**: nothing is remembered, every query goes upstream. **warm**: the upstream's answers are
remembered, this answer is not. **hot**: the same answers are asked again.

To repeat it: `make bench` (half an hour; Linux; Node and npm for the peers that need
them), or a part of it: `python -m benchmarks --peers tailcall,apollo --workloads W1 --seconds 3`,
and `python -m benchmarks --only gateway,asgi --quick` while you work. Compare figures of one run
only: machines that are shared drift, and while this run lasted the same piece of work took up to
{pace:.1f} times as long as at best. Differences below 1.3 times are none.

## Requests per second of one core

1,000,000 divided by the microseconds of CPU for one request. The best of each column that answers
GraphQL is bold; raw ASGI sends the same bytes without any GraphQL.
"""


def kept(document: str) -> str:
    """The part between the markers, with them."""
    begin, end = MARKERS
    by_hand = _UNWRITTEN
    if begin in document and end in document:
        by_hand = document.partition(begin)[2].partition(end)[0]
    return f"{begin}\n\n{by_hand.strip()}\n\n{end}"
