"""The scoring service under load, as a process on loopback: `make bench-serve`.

A small shop is really trained and scored. Eight clients ask at once, one customer each or many; meanwhile another model
is made champion, and the first one again. Then come bad bodies: malformed, oversized, slow. Every answer is counted.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.bodies import SECRET, bodies
from benchmarks.shops import AS_OF, run, write_scenario

CLIENTS, MOST_BYTES = 8, 200_000


def asked(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """POST a body; return status and answer. A connection that breaks is status 0."""
    request = urllib.request.Request(address, body, headers)  # noqa: S310  # our own service
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


@contextmanager
def service(config: Path, port: int, log: Path) -> Iterator[tuple[str, int]]:
    """Run `holdfast serve`; yield its address and its process id."""
    options = [f"serve.most_bytes={MOST_BYTES}", "serve.seconds=2", "serve.reload_seconds=0.5"]
    changes = [word for option in options for word in ("--set", option)]
    command = [sys.executable, "-m", "benchmarks.timed", "serve", "-c", str(config), "--port", str(port), *changes]
    with log.open("wb") as said, subprocess.Popen(command, stderr=said, stdout=said) as process:
        home = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                with suppress(OSError):
                    urllib.request.urlopen(f"{home}/health").read()  # noqa: S310
                    break
                time.sleep(0.1)
            yield home, process.pid
        finally:
            process.terminate()


def load(address: str, asks: list[bytes], seconds: float) -> tuple[list[float], Counter[Any], Counter[str]]:
    """Ask with eight clients for so long; return milliseconds, statuses, and answers by model."""
    took: list[float] = []
    statuses: Counter[Any] = Counter()
    models: Counter[str] = Counter()
    until, lock = time.monotonic() + seconds, threading.Lock()

    def client(number: int) -> None:
        turn = number
        while time.monotonic() < until:
            began = time.perf_counter()
            status, text = asked(address, asks[turn % len(asks)], {"Content-Type": "application/json"})
            spent = 1000 * (time.perf_counter() - began)
            turn += CLIENTS
            with lock:
                took.append(spent)
                statuses[status] += 1
                if status == 200:
                    models[json.loads(text)["model_version"]] += 1

    clients = [threading.Thread(target=client, args=(i,)) for i in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return took, statuses, models


def told(what: str, took: list[float], statuses: Counter[Any], seconds: float) -> None:
    """Print the latencies of a load."""
    ordered = sorted(took)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.95, 0.99))
    print(
        f"  {what:<34}{len(took):5} requests, {len(took) / seconds:6.1f}/s; "
        f"p50 {p50:5.0f} ms, p95 {p95:5.0f} ms, p99 {p99:5.0f} ms; statuses {dict(statuses)}",
        flush=True,
    )


def slow(home: str, count: int) -> Counter[str]:
    """Open connections that say too little too slowly, all at once; return what each got."""
    host, port = home.removeprefix("http://").split(":")
    head = f"POST /score HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    lines = []
    for i in range(count):
        line = socket.create_connection((host, int(port)), timeout=60)
        line.sendall(head.encode() + b'{"rows": [' if i % 2 else head[:30].encode())
        lines.append(line)
    found: Counter[str] = Counter()
    for line in lines:
        said = b""
        with suppress(OSError):
            while part := line.recv(65_536):
                said += part
        line.close()
        found[said[9:12].decode() or "hung up"] += 1
    return found


def main() -> None:
    """Print what the service takes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--bad", type=int, default=1_000)
    options.add_argument("--port", type=int, default=8498)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        config, _ = write_scenario(folder, 2_000)
        if run(["run", "-c", str(config)]).status:
            sys.exit("`holdfast run` failed")
        table = pd.read_csv(folder / "shop.csv", dtype="str")
        who = pd.read_parquet(folder / "outputs" / "shop" / AS_OF / "features.parquet")["customer_id"].head(800)
        by_customer = {
            own: rows.to_dict("records") for own, rows in table[table["customer_id"].isin(who)].groupby("customer_id")
        }
        one = [json.dumps({"as_of": AS_OF, "rows": rows}).encode() for rows in list(by_customer.values())[:200]]
        plain = [body[:-1] + b', "reasons": false}' for body in one]
        groups = [list(by_customer.values())[i : i + 100] for i in range(0, 800, 100)]
        many = [json.dumps({"as_of": AS_OF, "rows": list(chain(*group))}).encode() for group in groups]
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}; {CLIENTS} clients")
        log = folder / "said"
        with service(config, given.port, log) as (address, process):
            for what, asks in (("one customer", one), ("one customer, no reasons", plain), ("100 customers", many)):
                took, statuses, _ = load(f"{address}/score", asks, given.seconds)
                told(what, took, statuses, given.seconds)
            swap(config, address, one, given.seconds)
            row = json.loads(one[0])["rows"][0]
            got, echoed = Counter[int](), 0
            for path, body, headers in bodies(given.bad, row, most_bytes=MOST_BYTES):
                status, text = asked(f"{address}{path}", body, headers)
                got[status] += 1
                echoed += SECRET.encode() in text or b"Jane" in text
            print(f"  {given.bad} bad bodies: statuses {dict(sorted(got.items()))}, echoed in {echoed}")
            print(f"  {given.bad // 10} slow connections at once: {dict(slow(address, given.bad // 10))}")
            status, _ = asked(f"{address}/score", one[0], {"Content-Type": "application/json"})
            peak = next(x.split()[1] for x in Path(f"/proc/{process}/status").read_text().splitlines() if "VmHWM" in x)
            print(f"  afterwards: status {status}, peak of the memory {int(peak) / 1000:.0f} MB")
        print(f"  in the log: {log.read_text().count('Jane')} names, {log.read_text().count('bug')} bugs")


def swap(config: Path, address: str, asks: list[bytes], seconds: float) -> None:
    """Load while another model is trained and made champion, and the first one again."""
    found: list[Any] = []
    clients = threading.Thread(target=lambda: found.extend(load(f"{address}/score", asks, 3 * seconds)))
    clients.start()
    run(["train", "-c", str(config), "--set", "as_of=2025-09-01", "--set", "race.churn=p0", "--set", "race.value=btyd"])
    run(["promote", "-c", str(config)])
    time.sleep(seconds / 3)
    run(["rollback", "-c", str(config)])
    clients.join()
    took, statuses, models = found
    told("while the champion changes twice", took, statuses, 3 * seconds)
    print(f"    answers by model: {dict(models)}")


if __name__ == "__main__":
    main()
