"""The tests of Spark Connect against a server of real Spark 4; says aloud what is absent where there is none.

Spark is laid into a folder of its own (``.spark``): beside the thin client it would overwrite the same package.
``--small`` runs one test of each kind, which together ask every text of the engine; anything else goes to pytest.
"""

import os
import re
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
_OLDEST_JAVA = 17
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_TESTS = ("tests/features/test_sail.py", "tests/spark")
_SMALL = (
    "tests/features/test_sail.py::test_sail_gives_the_same_bits_with_every_table",
    "tests/spark/test_door.py::test_a_torture_log_has_the_same_account",
    "tests/spark/test_door.py::test_a_table_of_the_engine_is_read",
    "tests/spark/test_written.py",
)
_PACKAGES = ("pyspark>=4.0,<5", "py4j")


def java_absent(home: str | None = None) -> str:
    """Say why there is no Java that Spark 4 runs on, and how to install one; empty where there is."""
    program = f"{home}/bin/java" if home else shutil.which("java")
    how = "install one, on Debian and Ubuntu: apt-get install openjdk-17-jre-headless"
    if program is None or not Path(program).exists():
        return f"there is no Java here; {how}"
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        return f"Java here is {found[1] if found else 'of no known version'}, and Spark 4 needs {_OLDEST_JAVA}; {how}"
    return ""


def spark_absent(folder: Path, packages: tuple[str, ...] = _PACKAGES) -> str:
    """Lay Spark into a folder where it is not yet; say how to install it where pip cannot."""
    if any((folder / "pyspark" / "jars").glob("spark-connect_*.jar")):
        return ""
    print(f"Laying pyspark into {folder.name} (once; about 500 MB) …", flush=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
    if subprocess.run([sys.executable, *install, *packages], check=False).returncode:
        named = " ".join(f'"{package}"' for package in packages)
        return f"pyspark is not here, and pip cannot install it: pip install --no-deps --target {folder.name} {named}"
    return ""


@contextmanager
def spark_server(folder: Path, memory: str = "2g") -> Iterator[str]:
    """Start a server on a free port of this machine that works in ``folder``; yield its address, and end it."""
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
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--class", _CLASS, *given, "spark-internal"],
            cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + _PATIENCE
        while not answers(port):
            if server.poll() is not None or time.monotonic() > until:
                sys.exit(f"Spark did not start:\n{(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.5)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def main(given: list[str]) -> int:
    """Run the tests against real Spark, or say what is absent."""
    absent = [why for why in (java_absent(os.environ.get("JAVA_HOME")), spark_absent(SPARK)) if why]
    if absent:
        print(f"Real Spark was NOT tested here: {'; and '.join(absent)}.")
        return 0
    options = [option for one in given for option in (_SMALL if one == "--small" else (one,))]
    with tempfile.TemporaryDirectory(prefix="holdfast-spark-") as folder, spark_server(Path(folder)) as remote:
        tests = () if any(option.startswith("tests/") for option in options) else _TESTS
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, *options]
        return subprocess.run(
            command, env={**os.environ, "HOLDFAST_TEST_REMOTE": remote}, cwd=PROJECT, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
