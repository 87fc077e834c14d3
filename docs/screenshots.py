"""Pictures of every report below ``outputs/``, on a desk and on a phone: `python -m docs.screenshots`.

With ``--readme`` the README's own picture instead: the demo's first screen, after the three commands that the README
shows for it, looked at on the day that they name.
"""

import shutil
import sys
from pathlib import Path

WIDTHS = {"desktop": 1280, "phone": 390}
README = Path(__file__).parent / "report.png"
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


def main(outputs: Path = Path("outputs"), into: Path = Path("screenshots")) -> None:
    """Write a picture of each report and width, the first customer open, without a network."""
    from playwright.sync_api import sync_playwright

    reports = sorted(outputs.glob("*/[!.]*/report.html"))
    if not reports:
        sys.exit(f"There is no report below {outputs}/: run `make train` first.")
    if (browser := chromium()) is None:
        sys.exit("There is no Chromium: run `make setup-browser` first.")
    into.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=browser, args=list(FLAGS))
        for report in reports:
            for name, width in WIDTHS.items():
                context = opened.new_context(offline=True, viewport={"width": width, "height": 900})
                page = context.new_page()
                page.goto(report.resolve().as_uri())
                page.evaluate("document.querySelector('details.customer')?.setAttribute('open', '')")
                path = into / f"{report.parent.parent.name}-{report.parent.name}-{name}.png"
                page.screenshot(path=path, full_page=True)
                sys.stdout.write(f"{path}\n")
                context.close()
        opened.close()


def readme(outputs: Path = Path("outputs"), into: Path = README) -> None:
    """Write the README's picture from the report of the demo."""
    from playwright.sync_api import sync_playwright

    (report,) = outputs.glob("demo/[!.]*/report.html")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = opened.new_context(offline=True, viewport={"width": WIDTHS["desktop"], "height": 1060}).new_page()
        page.clock.set_fixed_time("2024-06-26T12:00:00")
        page.goto(report.resolve().as_uri())
        page.screenshot(path=into)
        opened.close()


if __name__ == "__main__":
    readme() if "--readme" in sys.argv[1:] else main()
