"""`import holdfast` is small, sorted, complete and light."""

import subprocess
import sys

import holdfast


def test_every_public_name_is_there():
    assert list(holdfast.__all__) == sorted(holdfast.__all__)
    assert len(holdfast.__all__) <= 30
    for name in holdfast.__all__:
        assert getattr(holdfast, name).__doc__
    assert set(holdfast.__all__) < set(dir(holdfast))


def test_a_name_that_is_not_there():
    assert not hasattr(holdfast, "no_such_name")


def test_importing_it_imports_nothing_heavy_and_touches_no_options():
    code = "import holdfast, sys; sys.exit(bool({'pandas', 'numpy', 'mlflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
