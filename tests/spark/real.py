"""The tests of Spark Connect against a server of real Spark; says aloud where Java or pyspark is absent.

Spark is laid into a folder of its own: beside the thin client it would overwrite the same package.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sail import answers, free_port

PROJECT = Path(__file__).parent.parent.parent
SPARK = PROJECT / ".spark"
_PATIENCE = 120
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_TESTS = ("tests/features/test_sail.py", "tests/spark")


def absent() -> str:
    """Why real Spark cannot be started here; empty where it can."""
    if shutil.which("java") is None:
        return "there is no Java (Debian: openjdk-17-jre-headless)"
    if not (SPARK / "pyspark").is_dir():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(SPARK)]
        if subprocess.run([*install, "pyspark>=4.0,<5", "py4j"], check=False).returncode:
            return "pyspark cannot be installed"
    return ""


@contextmanager
def real_spark(folder: Path, memory: str = "2g") -> Iterator[str]:
    """Yield the address of a server on a free port of this machine, which works in a folder; see ``absent``."""
    port, home = free_port(), SPARK / "pyspark"
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4",
    }  # fmt: skip
    given = [option for name, value in settings.items() for option in ("--conf", f"{name}={value}")]
    own = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(map(str, (SPARK, PROJECT / "src", PROJECT))),
    }
    command = ["bash", str(home / "bin/spark-submit"), "--master", "local[2]", "--driver-memory", memory]
    said = folder / "spark.log"
    with said.open("w") as log:
        server = subprocess.Popen(
            [*command, "--class", _CLASS, *given, "spark-internal"],
            cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + _PATIENCE
        while not answers(port):
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(said.read_text()[-2000:])
            time.sleep(0.5)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Start a server, run the tests, end it."""
    if why := absent():
        print(f"Real Spark was NOT tested here: {why}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="holdfast-spark-") as folder, real_spark(Path(folder)) as remote:
        asked = {**os.environ, "HOLDFAST_TEST_REMOTE": remote}
        return subprocess.run([sys.executable, "-m", "pytest", "-q", *_TESTS], env=asked, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
