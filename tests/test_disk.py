"""Whole or not at all, for their owner alone, one process at a time; and what the system refuses is said once."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from holdfast import disk
from holdfast.errors import StorageError


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def write(folder: Path, home: Path, text: str, **options: int) -> None:
    with disk.whole_folder(folder, home, **options) as draft:
        (draft / "inner").mkdir()
        (draft / "inner" / "a.txt").write_text(text, encoding="utf-8")


def text(folder: Path) -> str:
    return (folder / "inner" / "a.txt").read_text(encoding="utf-8")


def hidden(home: Path) -> list[str]:
    return sorted(p.name for p in home.rglob(".*") if p.name != ".lock")


def test_a_folder_takes_its_place_only_when_it_is_complete(tmp_path):
    home, folder = tmp_path / "out", tmp_path / "out" / "x"
    write(folder, home, "first")
    (folder / "only in the first").touch()

    def fails() -> None:
        with disk.whole_folder(folder, home) as draft:
            (draft / "half").touch()
            assert text(folder) == "first"
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert text(folder) == "first"
    write(folder, home, "second")
    assert sorted(p.name for p in folder.iterdir()) == ["inner"]
    assert text(folder) == "second"
    assert hidden(home) == []


def test_a_file_takes_its_place_only_when_it_is_complete(tmp_path):
    path = tmp_path / "arms.csv"
    # Left by a process that was killed: it is nobody's any more.
    (tmp_path / ".arms.csv.draft").write_text("half of an older and longer one")
    for content in ("first", "second"):
        with disk.whole_file(path) as draft:
            assert draft.read_text() == ""
            draft.write_text(content)

    def fails() -> None:
        with disk.whole_file(path) as draft:
            draft.write_text("third")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert path.read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["arms.csv"]
    assert mode(path) == "0o600"


@pytest.mark.parametrize("name", ["x", "issued/x"])
@pytest.mark.parametrize("ending", ["old", "old-4242"])
def test_what_was_moved_away_and_not_replaced_is_put_back(tmp_path, name, ending):
    folder = tmp_path / name
    write(folder, tmp_path, "kept")
    folder.rename(folder.with_name(f".x.{ending}"))
    disk.recover(tmp_path)
    assert text(folder) == "kept"
    assert hidden(tmp_path) == []


def test_an_upper_folder_is_put_back_before_what_lies_in_it(tmp_path):
    write(tmp_path / "day" / "segments", tmp_path, "kept")
    (tmp_path / "day" / "segments").rename(tmp_path / "day" / ".segments.old")
    (tmp_path / "day").rename(tmp_path / ".day.old")
    disk.recover(tmp_path)
    assert text(tmp_path / "day" / "segments") == "kept"


def test_what_was_replaced_and_every_draft_is_removed(tmp_path):
    write(tmp_path / "x", tmp_path, "new")
    write(tmp_path / "y", tmp_path, "of another day")
    for left in (".x.old", ".x.draft", ".z.draft-77", "y/.segments.draft"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "record.json").write_text("{}")
    (tmp_path / ".notes").mkdir()  # not ours
    disk.recover(tmp_path)
    assert text(tmp_path / "x") == "new"
    assert hidden(tmp_path) == [".notes"]
    assert text(tmp_path / "y") == "of another day"


def test_a_reader_that_finds_only_drafts_leaves_them_to_the_writer(tmp_path):
    (tmp_path / ".x.draft").mkdir()
    disk.recover(tmp_path)
    assert hidden(tmp_path) == [".x.draft"]
    write(tmp_path / "y", tmp_path, "other")
    assert hidden(tmp_path) == []


def test_two_writers_wait_for_each_other_and_sweep_nothing_of_each_other(tmp_path):
    home, folder = tmp_path / "out", tmp_path / "out" / "x"
    inside, go_on, order = threading.Event(), threading.Event(), []

    def slow() -> None:
        with disk.whole_folder(folder, home) as draft:
            (draft / "inner").mkdir()
            inside.set()
            go_on.wait(10)
            (draft / "inner" / "a.txt").write_text("slow")
            order.append("slow")

    def quick() -> None:
        write(folder, home, "quick")
        order.append("quick")

    first, second = threading.Thread(target=slow), threading.Thread(target=quick)
    first.start()
    assert inside.wait(10)
    second.start()
    second.join(0.3)
    assert second.is_alive()
    assert hidden(home) == [".x.draft"]
    go_on.set()
    first.join(10)
    second.join(10)
    assert order == ["slow", "quick"]
    assert text(folder) == "quick"


def test_two_processes_that_write_one_file_do_so_one_after_the_other(tmp_path):
    path = tmp_path / "arms.csv"
    code = "import sys\nfrom pathlib import Path\nfrom holdfast.disk import whole_file\n"
    code += "with whole_file(Path(sys.argv[1])) as draft: draft.write_text('theirs')"
    with disk.whole_file(path) as draft:
        draft.write_text("ours")
        other = subprocess.Popen([sys.executable, "-c", code, str(path)])
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1)
    assert other.wait(10) == 0
    assert path.read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["arms.csv"]


def test_a_lock_that_is_held_is_said_where_nobody_waits(tmp_path):
    lock = tmp_path / ".lock"
    with disk.locked(lock), pytest.raises(BlockingIOError), disk.locked(lock, wait=False):
        pass
    with disk.locked(lock, wait=False):
        pass


def test_a_lock_is_not_taken_through_a_link(tmp_path):
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / ".arms.csv.draft").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError), disk.whole_file(tmp_path / "arms.csv") as draft:
        draft.write_text("written")
    assert (tmp_path / "elsewhere").read_text() == "precious"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("files", "folders"), [(0o600, "0o700"), (0o640, "0o750"), (0o664, "0o775")])
def test_modes_are_what_was_asked_whatever_the_umask(tmp_path, umask, files, folders):
    before = os.umask(umask)
    try:
        home, folder = tmp_path / "out" / "shop", tmp_path / "out" / "shop" / "issued" / "x"
        with disk.whole_folder(folder, home, mode=files) as draft:
            (draft / "lists").mkdir()
            (draft / "lists" / "a.csv").touch()
            # Until it is complete nobody else may look in.
            assert mode(draft) == "0o700"
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert {mode(p) for p in (folder / "lists" / "a.csv", home / ".lock")} == {oct(files)}
    assert {mode(p) for p in (tmp_path / "out", home, home / "issued", folder, folder / "lists")} == {folders}


def test_what_was_there_above_home_keeps_its_mode(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "shop").mkdir()
    (shared / "shop").chmod(0o755)
    write(shared / "shop" / "x", shared / "shop", "a")
    assert (mode(shared), mode(shared / "shop")) == ("0o755", "0o700")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left on device. Make room"),
        (errno.EACCES, "permission denied. Ask for the right"),
        (errno.EROFS, "read-only file system. Name another place"),
        (errno.EIO, "input/output error."),
    ],
)
def test_what_the_system_refuses_is_one_error_and_the_old_stays(tmp_path, number, said):
    folder, path = tmp_path / "x", tmp_path / "a.csv"
    write(folder, tmp_path, "old")
    path.write_text("old")

    def refuse() -> None:
        raise OSError(number, os.strerror(number), "/hidden/place")

    with pytest.raises(StorageError) as told, disk.whole_folder(folder, tmp_path):
        refuse()
    assert str(told.value).startswith(f"{folder}: {said}")
    assert told.value.exit_code == 7
    with pytest.raises(StorageError) as told, disk.whole_file(path):
        refuse()
    assert str(told.value).startswith(f"{path}: {said}")
    assert (text(folder), path.read_text()) == ("old", "old")
    assert hidden(tmp_path) == []


def test_a_refusal_between_the_two_renames_leaves_the_old(tmp_path, monkeypatch):
    folder, rename = tmp_path / "x", Path.rename
    write(folder, tmp_path, "old")

    def once(self: Path, target: Path) -> Path:
        if self.name == ".x.draft":
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(StorageError):
        write(folder, tmp_path, "new")
    assert text(folder) == "old"
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("where", ["out", "out/shop", "out/shop/x"])
def test_a_file_where_a_folder_is_needed_is_said_and_kept(tmp_path, where):
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / where).write_text("a file")
    with pytest.raises(StorageError, match="A file stands where a folder is needed"):
        write(tmp_path / "out" / "shop" / "x", tmp_path / "out" / "shop", "new")
    assert (tmp_path / where).read_text() == "a file"


def test_a_folder_where_a_file_is_needed_is_said_and_kept(tmp_path):
    (tmp_path / "arms.csv").mkdir()
    with (
        pytest.raises(StorageError, match="A folder stands where a file is needed"),
        disk.whole_file(tmp_path / "arms.csv"),
    ):
        pass
    assert (tmp_path / "arms.csv").is_dir()


def test_a_name_that_no_disk_takes_is_told_by_its_beginning(tmp_path):
    with pytest.raises(StorageError) as refused, disk.whole_file(tmp_path / ("x" * 5000), mode=0o600):
        pass
    said = str(refused.value)
    assert said.endswith("x…: file name too long. Name a shorter place.")
    assert len(said) < 400
