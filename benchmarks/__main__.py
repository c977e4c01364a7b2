"""The command: `python -m benchmarks`, or `make bench`. `--help` has its options."""
import asyncio, os, sys
from benchmarks.measure import *
from benchmarks.peers.ours import *
from benchmarks.peers.node_servers import *
from benchmarks.peers.configured import *
from benchmarks.workloads import WORKLOADS
import uvloop
async def main():
    cores = Cores.of_this_machine()
    os.sched_setaffinity(0, {cores.load})
    targets = {t.name: t for t in (GATEWAY, ASGI, STRAWBERRY, HIVE, TAILCALL, APOLLO, YOGA)}
    names = sys.argv[1].split(',')
    with upstream(cores) as up:
        bench = Bench(cores, float(sys.argv[2]), up)
        for n in names:
            t = targets[n]
            try:
                print(n, t.install())
                for temp in t.temperatures:
                    if n=='asgi': ANSWERS.write_bytes(orjson.dumps(bench.answers))
                    with bench.started(t, temp) as r:
                        for w in WORKLOADS:
                            try:
                                x = await bench.measure(t, temp, w, r)
                                print(f"{n:10} {temp:5} {w.name:14} cpu {x.cpu:7.0f} cap {x.capacity:7.0f} rps {x.measured:7.0f} p50 {x.p50:6.2f} p99 {x.p99:7.2f} mem {x.memory:5.0f} up {x.upstream:5.2f} {x.answer} upcpu")
                            except* (Wrong, load.Failed) as e:
                                print(n, temp, w.name, repr(e.exceptions))
            except Exception as e:
                print(n, repr(e))
uvloop.run(main())
