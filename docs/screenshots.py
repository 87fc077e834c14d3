"""Pictures of every report below ``outputs/`` and of every page of `holdfast web`, in further languages too.

On a desk and on a phone; of contracts on a desk and in English. `python -m docs.screenshots` writes them into
``screenshots/``; further languages may be named after it. With ``--readme`` the README's own picture instead: the
demo's first screen, after the three commands that the README shows for it, looked at on the day that they name.
"""

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

WIDTHS = {"desktop": 1280, "phone": 390}
LANGUAGES = ("da", "zh")
"""Beside the language of the scenario; another one can be named after the command."""
README = Path(__file__).parent / "report.png"
CONTRACTS = Path("configs/subscriptions.yaml")
EARLIER = timedelta(days=120)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 180_000  # ms; some pages run a command, and a machine may be busy
ADDRESSES = {
    "overview": "/",
    "lists": "/lists",
    "list": "/lists/at_risk",
    "customers": "/customers?sort=-clv_365d",
    "segments": "/segments",
    "value": "/value",
    "experiments": "/experiments",
    "model": "/model",
    "due": "/due",
    "make": "/make",
}


def chromium() -> str | None:
    """Return the browser that is installed, if one is; nothing downloads one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def scenarios(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Yield every scenario of customers who buy: its file, and its settings; other YAML is none of ours."""
    from holdfast import load_config
    from holdfast.errors import HoldfastError

    for path in sorted(folder.glob("*.yaml")):
        try:
            config = load_config(path)
        except HoldfastError:  # the tables of an experiment, say
            continue
        if config.setting != "contractual":
            yield path, config


def in_language(language: str, outputs: Path, into: Path) -> list[Path]:
    """Score every scenario of ``configs/`` that has a report below ``outputs`` once more, and return its new reports.

    Reasons are written when customers are scored, so a report in another language needs scores in it, and then the
    segments, the value and the lists of these scores.
    """
    from holdfast import prepare, score
    from holdfast.pipeline import issued_lists, make_list, report, segment, value

    found = []
    for path, config in scenarios(Path("configs")):
        if not any((outputs / config.name).glob("[!.]*/report.html")):
            continue
        shutil.copytree(outputs / config.name, into / config.name)
        spoken = config.model_copy(update={"language": language, "outputs": into})
        prepared = prepare(spoken, base=path.parent)
        score(prepared)
        segment(spoken, compare_as_of=date.fromisoformat(prepared.moment) - EARLIER, base=path.parent)
        value(prepared)
        for made in issued_lists(into / config.name / "issued"):
            if made["as_of"] == prepared.moment:
                limits = {"budget": made["budget"], "capacity": made["capacity"]}
                make_list(prepared, made["list"], **limits, today=made["as_of"])
        found.append(report(spoken))
    return found


def contracts(scratch: Path) -> list[str]:
    """Make the demo of contracts, its report, and a list; return the keys that lead to it."""
    from holdfast import load_config, prepare, score, train
    from holdfast.data import simulate_contracts
    from holdfast.pipeline import make_list

    table = scratch / "subscriptions.csv"
    simulate_contracts(5000, seed=1).spells.to_csv(table, index=False)
    places = {"subscriptions.path": table, "outputs": scratch / "outputs", "models": scratch / "models"}
    changes = [f"{key}={place}" for key, place in places.items()]
    config = load_config(CONTRACTS, changes)
    prepared = prepare(config, base=CONTRACTS.parent)
    train(prepared)
    score(prepared)
    make_list(prepared, "at_risk", today=config.as_of)
    return changes


@contextmanager
def served(site: Any, access: Any = None) -> Iterator[str]:
    """Serve the page of a scenario on a free port of this machine, to whom ``access`` lets in; yield its address."""
    import uvicorn

    from holdfast.web import create_app

    with socket.create_server(("127.0.0.1", 0)) as place:
        settings = uvicorn.Config(
            create_app(site, access), log_level="error", access_log=False, lifespan="off", ws="none"
        )
        server = uvicorn.Server(settings)
        thread = Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def reports(opened: Any, found: Mapping[str, Path], into: Path, widths: Mapping[str, int] = WIDTHS) -> None:
    """Write a picture of each report, by name, and width, the first customer open, without a network."""
    for report, place in found.items():
        for name, width in widths.items():
            context = opened.new_context(offline=True, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.goto(place.resolve().as_uri())
            page.evaluate("document.querySelector('details.customer')?.setAttribute('open', '')")
            _keep(page, into / f"{report}-{name}.png")
            context.close()


def pages(opened: Any, site: Any, into: Path, widths: Mapping[str, int] = WIDTHS) -> None:
    """Write a picture of each page of a scenario and width, a customer and a list to contact among them."""
    named = site.config.name if site.config.language == "en" else f"{site.config.name}-{site.config.language}"
    with served(site) as home:
        for name, width in widths.items():
            context = opened.new_context(viewport={"width": width, "height": 900})
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto(f"{home}/lists/at_risk")
            shown = ADDRESSES | {"customer": page.locator("tbody th.who a").first.get_attribute("href") or "/"}
            if made := site.issued():
                shown |= {"issued": f"/issued/{made[0]['folder'].name}"}
            for what, address in shown.items():
                page.goto(f"{home}{address}")
                _keep(page, into / f"{named}-web-{what}-{name}.png")
            page.goto(f"{home}/lists/at_risk")
            page.locator(".filter summary").click()
            _keep(page, into / f"{named}-web-filters-{name}.png")
            context.close()


def _keep(page: Any, path: Path) -> None:
    page.screenshot(path=path, full_page=True)
    sys.stdout.write(f"{path}\n")


def sites(paths: Iterable[Path], changes: Sequence[str] = ()) -> Iterator[Any]:
    """Yield those scenarios that were scored; ``changes`` are keys that are changed, such as ``language=da``."""
    from holdfast.errors import HoldfastError
    from holdfast.web.site import Site

    for path in paths:
        try:
            site = Site(path, list(changes))
            site.scores()
        except HoldfastError:
            continue
        yield site


def main(
    outputs: Path = Path("outputs"), into: Path = Path("screenshots"), languages: tuple[str, ...] = LANGUAGES
) -> None:
    """Write all pictures: of the reports, and of the pages of each scenario that has outputs."""
    from playwright.sync_api import sync_playwright

    found = {f"{p.parent.parent.name}-{p.parent.name}": p for p in sorted(outputs.glob("*/[!.]*/report.html"))}
    if not found:
        sys.exit(f"There is no report below {outputs}/: run `make train` first.")
    if (browser := chromium()) is None:
        sys.exit("There is no Chromium: run `make setup-browser` first.")
    into.mkdir(exist_ok=True)
    shops = [path for folder in (Path("configs"), Path()) for path, _ in scenarios(folder)]
    desk = {"desktop": WIDTHS["desktop"]}
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch, sync_playwright() as driver:
        for language in languages:
            for path in in_language(language, outputs, Path(scratch) / language):
                found[f"{path.parent.parent.name}-{path.parent.name}-{language}"] = path
        opened = driver.chromium.launch(executable_path=browser, args=list(FLAGS))
        reports(opened, found, into)
        for site in sites(shops):
            pages(opened, site, into)
        spoken = (f"language={languages[0]}", f"outputs={Path(scratch) / languages[0]}")
        for site in sites(shops, spoken):
            pages(opened, site, into)
        for site in sites([CONTRACTS], contracts(Path(scratch))):
            reports(opened, {"contracts": site.folder / "report.html"}, into, desk)
            pages(opened, site, into, desk)
        opened.close()


def readme(outputs: Path = Path("outputs"), into: Path = README) -> None:
    """Write the README's picture from the report of the demo."""
    from playwright.sync_api import sync_playwright

    (report,) = outputs.glob("demo/[!.]*/report.html")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = opened.new_context(offline=True, viewport={"width": WIDTHS["desktop"], "height": 1046}).new_page()
        page.clock.set_fixed_time("2024-06-26T12:00:00")
        page.goto(report.resolve().as_uri())
        page.screenshot(path=into)
        opened.close()


if __name__ == "__main__":
    readme() if "--readme" in sys.argv[1:] else main(languages=tuple(sys.argv[1:]) or LANGUAGES)
