"""The command: `python -m benchmarks`, or `make bench`. `--help` has its options."""

from __future__ import annotations

import argparse
import os
import signal
import sys

import orjson
import uvloop

from benchmarks import report
from benchmarks.measure import Bench, upstream
from benchmarks.processes import Cores
from benchmarks.run import TARGETS, Run, Runner, chosen, say
from benchmarks.targets import CACHE, TEMPERATURES
from benchmarks.workloads import WORKLOADS


def main() -> None:
    """Measure what was asked for; a whole run is written into the document as well."""
    options = _options()
    cores = Cores.of_this_machine()
    if not cores.apart:
        say("One core only: load and upstream share it with what is measured.")
    os.sched_setaffinity(0, {cores.load})
    # So that an end from outside is an orderly one, and nothing that was started stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    CACHE.mkdir(exist_ok=True)
    run = uvloop.run(_measured(options, cores))
    (CACHE / "results.json").write_bytes(orjson.dumps(run.as_json(), option=orjson.OPT_INDENT_2))
    print("\n" + report.summary(run))
    if _is_whole(options):
        report.write(run, options.rounds, options.seconds)
    if not run.results:
        sys.exit(1)


async def _measured(options: argparse.Namespace, cores: Cores) -> Run:
    workloads = [each for each in WORKLOADS if _wanted(each.name, options.workloads)]
    with upstream(cores) as beside:
        bench = Bench(cores, options.seconds, beside, quick=options.quick)
        warm_up, settling = (0.3, 0.5) if options.quick else (1.0, 3.0)
        runner = Runner(bench, workloads, warm_up, settling)
        targets = chosen(options.only or options.peers, with_ours=not options.only)
        targets = runner.install(targets)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            for target in targets:
                await runner.measure(target, options.temperatures or TEMPERATURES)
        if options.growth:
            await runner.grow(targets)
        runner.run.pace = max(bench.paces, default=1.0) / min(bench.paces, default=1.0)
    return runner.run


def _wanted(name: str, names: list[str]) -> bool:
    return not names or name.replace(" ", "-").lower() in names


def _is_whole(options: argparse.Namespace) -> bool:
    """Parts of a run are not mixed into the document."""
    partial = options.only or options.peers or options.workloads or options.temperatures
    return options.write or not (partial or options.quick)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    targets = ", ".join(target.name for target in TARGETS)
    parser.add_argument("--only", type=_names, default=[], help=f"these targets: {targets}")
    parser.add_argument("--peers", type=_names, default=[], help="these beside gateway and asgi")
    parser.add_argument("--workloads", type=_names, default=[], help="w1 to w4, dashboard, new-doc")
    parser.add_argument("--temperatures", type=_names, default=[], help=", ".join(TEMPERATURES))
    parser.add_argument("--seconds", type=float, help="length of a window; 1, or 0.5 if quick")
    parser.add_argument("--rounds", type=int, help="windows of a cell; 3, or 1 if quick")
    parser.add_argument("--quick", action="store_true", help="short windows, no growth")
    parser.add_argument("--growth", action=argparse.BooleanOptionalAction)
    parser.add_argument("--write", action="store_true", help="write the document all the same")
    options = parser.parse_args()
    if options.seconds is None:
        options.seconds = 0.5 if options.quick else 1.0
    if options.rounds is None:
        options.rounds = 1 if options.quick else 3
    if options.growth is None:
        options.growth = not (options.quick or options.only or options.workloads)
    return options


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    main()
