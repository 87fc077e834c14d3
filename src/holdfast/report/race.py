"""The race and the gate as text for a terminal."""

from typing import Any

from holdfast.wording import counted


def race(contest: dict[str, Any], *, newest_only: bool = False) -> str:
    """Return the tables of every window, newest first, and who serves."""
    windows = [h for h in [contest["outcome"], *contest["windows"]] if h]
    if not windows:
        return "No race: the log is too short for a window whose outcome is known."
    parts = [_window(h, contest) for h in (windows[:1] if newest_only else windows)]
    parts.append(_serves("churn", contest["churn"]))
    parts.append(_serves("purchases", contest["value"]))
    return "\n".join(parts)


def gate(verdict: dict[str, Any], version: str, *, on: str = "the newest outcome window", stays: str = "") -> str:
    """Return the gate's verdict on what neither model had seen, a line per check, and who ``stays``."""
    marks = {True: "yes", False: "NO", None: "–"}
    width = max([40, *(len(c["name"]) + 2 for c in verdict["checks"])])
    lines = [f"  {c['name']:<{width}}{marks[c['passed']]:<5}{c['said']}" for c in verdict["checks"]]
    if not lines:
        lines = ["  there is too little data to test the model"]
    advice = [f"  {c['advice']}" for c in verdict["checks"] if c["passed"] is False and c["advice"]]
    said = f"Champion: {version}" if verdict["promoted"] else f"Challenger {version}: NOT promoted"
    if stays and not verdict["promoted"]:
        said += f"; {stays}"
    return "\n".join([f"Gate, on {on}", *lines, *advice, said])


def families(gains: list[dict[str, Any]]) -> str:
    """Return what each family of features adds to LightGBM."""
    lines = ["Without a family of features, LightGBM's log loss per customer rises by"]
    for row in gains:
        gain = row["gain"]
        if gain is None:
            said = "this log has no data for them"
        else:
            helps = "helps" if gain["low"] > 0 else "harms" if gain["high"] < 0 else "no clear gain"
            said = f"{gain['difference']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})  {helps}"
        lines.append(f"  {row['family']:<24}{row['features']:>3} features  {said}")
    return "\n".join(lines)


def tuned(found: dict[str, Any]) -> str:
    """Return the best trial beside what is served now, and the lines of YAML that would take it."""
    on_newest = found["on_newest"]
    figures = f"{on_newest['difference']:+.4f} (95 % {on_newest['low']:+.4f} to {on_newest['high']:+.4f})"
    lines = [
        f"{found['trials']} trials ({found['pruned']} given up early) on the windows as of {', '.join(found['folds'])}",
        f"  log loss {found['loss']:.4f} at best, {found['served_loss']:.4f} as served now",
        f"  on the window as of {found['newest']}, which no trial saw: {figures} against what is served now",
    ]
    if not found["better"]:
        return "\n".join([*lines, "Keep what is served now: nothing was clearly better."])
    taken = [f"  {name}: {value:.6g}" for name, value in found["parameters"].items()]
    return "\n".join([*lines, "Clearly better. To take it, add to the configuration:", "trees:", *taken])


def _window(window: dict[str, Any], contest: dict[str, Any]) -> str:
    first = window["churn"][0]
    lines = [
        f"Race as of {window['cutoff']}, outcome until {window['window_end']}: "
        f"{counted(first['customers'], 'customer')}, {first['churn_rate']:.1%} did not buy",
        f"  {'churn':<17}{'AUC':>7}{'95 %':>13}{'avg prec':>10}{'lift 10 %':>11}{'log loss':>10}{'Brier':>8}{'ECE':>7}"
        f"{'slope':>7}  log loss to {contest['churn']['name']}",
    ]
    for r in window["churn"]:
        interval = "" if r["auc_low"] is None else f"{r['auc_low']:.3f}–{r['auc_high']:.3f}"
        lines.append(
            f"  {r['contender']:<17}{_n(r['auc'], 3):>7}{interval:>13}{_n(r['average_precision'], 3):>10}"
            f"{_n(r['lift_top_decile'], 2):>11}{r['log_loss']:>10.4f}{r['brier']:>8.4f}{r['ece']:>7.3f}"
            f"{_n(r['calibration_slope'], 2):>7}{_paired(r.get('log_loss_to_default'), 4)}"
        )
    money = "spend" in window["value"][0] if window["value"] else False
    head = f"  {'purchases':<17}{'bias':>8}{'MAE':>9}{'RMSE':>9}{'Spearman':>10}"
    lines.append(head + (f"{'spend bias':>12}{'MAE':>10}{'Gini':>7}{'95 %':>13}" if money else ""))
    lines += [_value_row(r, money) for r in window["value"]]
    lines += [f"  {name} took no part: {why}" for name, why in window["absent"].items()]
    return "\n".join(lines) + "\n"


def _value_row(row: dict[str, Any], money: bool) -> str:
    p = row["purchases"]
    bias = "–" if p["bias"] is None else f"{p['bias']:+.1%}"
    line = f"  {row['contender']:<17}{bias:>8}{p['mae']:>9.4f}{p['rmse']:>9.4f}{_n(p['spearman'], 3):>10}"
    if money:
        s = row["spend"]
        bias = "–" if s["bias"] is None else f"{s['bias']:+.1%}"
        interval = "" if s["gini_low"] is None else f"{s['gini_low']:.3f}–{s['gini_high']:.3f}"
        line += f"{bias:>12}{s['mae']:>10.2f}{_n(s['gini'], 3):>7}{interval:>13}"
    return line


def _serves(what: str, choice: dict[str, Any]) -> str:
    line = f"{what}: {choice['name']} serves; {choice['reason']}"
    if choice["best_simple"] and choice["name"] != choice["best_simple"]:
        than = "is clearly better than" if choice["beats_simple"] else "is NOT clearly better than"
        line += f"; it {than} the best simple rule, {choice['best_simple']}"
    elif choice["best_simple"]:
        line += "; it is a simple rule"
    return line


def _n(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _paired(d: dict[str, float] | None, digits: int) -> str:
    return "" if d is None else f"  {d['difference']:+.{digits}f} ({d['low']:+.{digits}f} to {d['high']:+.{digits}f})"
