"""Pictures of every report below ``outputs/``, in further languages too, on a desk and on a phone.

`python -m docs.screenshots`, or with the languages that are wanted after it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

WIDTHS = {"desktop": 1280, "phone": 390}
LANGUAGES = ("da", "zh")
"""Beside the language of the scenario; another one can be named after the command."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the browser that is installed, if one is; nothing downloads one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def in_language(language: str, outputs: Path, into: Path) -> list[Path]:
    """Score every scenario of ``configs/`` that has a report below ``outputs`` once more, and return its new reports.

    Reasons are written when customers are scored, so a report in another language needs scores in it.
    """
    from holdfast import load_config, prepare, score

    found = []
    for path in sorted(Path("configs").glob("*.yaml")):
        config = load_config(path)
        if not any((outputs / config.name).glob("[!.]*/report.html")):
            continue
        shutil.copytree(outputs / config.name, into / config.name)
        spoken = config.model_copy(update={"language": language, "outputs": into})
        folder = score(prepare(spoken, base=path.parent)).folder
        found.append(folder / "report.html")
    return found


def pictures(reports: dict[str, Path], into: Path) -> None:
    """Write a picture of each report, by name, and width, the first customer open, without a network."""
    from playwright.sync_api import sync_playwright

    if (browser := chromium()) is None:
        sys.exit("There is no Chromium: run `make setup-browser` first.")
    into.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=browser, args=list(FLAGS))
        for report, place in reports.items():
            for name, width in WIDTHS.items():
                context = opened.new_context(offline=True, viewport={"width": width, "height": 900})
                page = context.new_page()
                page.goto(place.resolve().as_uri())
                page.evaluate("document.querySelector('details.customer')?.setAttribute('open', '')")
                path = into / f"{report}-{name}.png"
                page.screenshot(path=path, full_page=True)
                sys.stdout.write(f"{path}\n")
                context.close()
        opened.close()


def main(
    outputs: Path = Path("outputs"), into: Path = Path("screenshots"), languages: tuple[str, ...] = LANGUAGES
) -> None:
    """Write the pictures."""
    reports = {f"{p.parent.parent.name}-{p.parent.name}": p for p in sorted(outputs.glob("*/[!.]*/report.html"))}
    if not reports:
        sys.exit(f"There is no report below {outputs}/: run `make train` first.")
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        for language in languages:
            for path in in_language(language, outputs, Path(scratch) / language):
                reports[f"{path.parent.parent.name}-{path.parent.name}-{language}"] = path
        pictures(reports, into)


if __name__ == "__main__":
    main(languages=tuple(sys.argv[1:]) or LANGUAGES)
