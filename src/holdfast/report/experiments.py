"""Experiments and uplift as text for a terminal; each function takes the ``as_dict`` of what it shows."""

from typing import Any

from holdfast.experiments.learnt.learn import LEAST_CUSTOMERS
from holdfast.experiments.trial import SUSPECT_P
from holdfast.report.clustered import counted_together, differ, of_clusters
from holdfast.report.page.proof import accepted
from holdfast.wording import counted, decimals, said_p


def assignment(found: dict[str, Any]) -> str:
    """Return counts per stratum beside the planned shares."""
    arms = list(found["shares"])
    width = max(8, *(len(r["stratum"]) for r in found["balance"]))
    wide = {a: max(10, len(a)) for a in arms}
    lines = [f"  {'stratum':<{width}}{'customers':>11}" + "".join(f"  {a:>{wide[a]}}" for a in arms) + "         p"]
    lines.append(f"  {'planned':<{width}}{'':>11}" + "".join(f"  {found['shares'][a]:>{wide[a]}.1%}" for a in arms))
    for row in found["balance"]:
        counts = "".join(f"  {row[a]:>{wide[a]},}" for a in arms)
        lines.append(f"  {row['stratum']:<{width}}{row['customers']:>11,}{counts}{row['p_value']:>10.3f}")
    return "\n".join(["Assignment", *lines])


def randomisation(found: dict[str, Any]) -> str:
    """Return the counts of the arms, the sample ratio and the balance."""
    counts = ", ".join(f"{arm} {n:,}" for arm, n in found["customers"].items())
    lines = [f"Assigned: {counts}"]
    if found.get("units"):
        lines.append(f"  as whole clusters: {', '.join(f'{arm} {n:,}' for arm, n in found['units'].items())}")
    if found["sample_ratio_p"] is None:
        lines.append("  sample ratio: not checked (state the planned --shares)")
    else:
        lines.append(f"  sample ratio: {said_p(found['sample_ratio_p'], 3)}")
    if found["balance_p"] is not None:
        lines.append(
            f"  balance of covariates: {said_p(found['balance_p'], 3)}; largest difference "
            f"{abs(found['largest_difference']):.3f} standard deviations ({found['largest_difference_at']})"
        )
    if found["classifier_auc"] is not None:
        tell = "tell" if found["classifier_p"] < SUSPECT_P else "do not tell"
        lines.append(
            f"  covariates {tell} who was treated: AUC {found['classifier_auc']:.3f}, by chance 0.5 "
            f"({said_p(found['classifier_p'], 3)})"
        )
    if found["problems"]:
        lines.append(f"  DO NOT TRUST the effects below: {'; '.join(found['problems'])}")
    return "\n".join(lines)


def measured(found: dict[str, Any]) -> str:
    """Return the effects of an experiment, verdict first."""
    parts = [randomisation(found["randomisation"])]
    parts += [*_strata(found), *counted_together(found)]
    if found["covariates_constant"]:
        parts.append(f"  not adjusted for, the same for everyone: {', '.join(found['covariates_constant'])}")
    parts += _others(found)
    for outcome in dict.fromkeys(e["outcome"] for e in found["effects"]):
        mine = [e for e in found["effects"] if e["outcome"] == outcome]
        parts += ["", *_outcome(mine, found)]
    if len(found["effects"]) > 1 and not _withheld(found):
        parts += ["", f"{len(found['effects'])} effects were tested{_after_holm(found['effects'])}."]
    if found["segment"] and not _withheld(found):
        parts += ["", *_segments(found)]
    return "\n".join(parts)


def _strata(found: dict[str, Any]) -> list[str]:
    """Return within which strata customers are compared, and what that costs."""
    of = found.get("strata")
    if not of:
        return []
    columns, many = ", ".join(of["columns"]), counted(of["strata"], "stratum", "strata")
    means = (
        "weighed by how much each tells"
        if found.get("clusters")
        else "means and effects are those of everyone's strata"
    )
    lines = [
        f"  compared within {many} of {columns}, in which {found['control']} holds "
        f"{of['control_from']:.1%} to {of['control_to']:.1%}; {means}"
    ]
    if of.get("strata_left_out"):
        who = counted(of["customers_left_out"], "customer")
        left = counted(of["strata_left_out"], "stratum without both arms, or with", "strata without both arms, or with")
        lines.append(f"  left out: {left} too few customers of one ({who}); what follows is of the others")
    return lines


def _withheld(found: dict[str, Any]) -> bool:
    return bool((found.get("unit") or {}).get("verdict_withheld"))


def _after_holm(effects: list[dict[str, Any]]) -> str:
    """Return the rest of a sentence: which effects are no longer significant once it counts how many were tested."""
    significant = [e for e in effects if e["significant"]]
    if not significant:
        return ", and none is significant"
    lost = [f"{e['arm']} on {e['outcome']} ({said_p(e['p_holm'])})" for e in significant if e["p_holm"] >= 0.05]
    if not lost:
        return ": corrected for that (Holm), every significant one stays so"
    return f": corrected for that (Holm), {', '.join(lost)} {'is' if len(lost) == 1 else 'are'} no longer significant"


def _others(found: dict[str, Any]) -> list[str]:
    """Return what the columns that nobody named say of the arms, and what to do about it."""
    others = found.get("others")
    if not others:
        return []
    arm_like = ", ".join(others["as_the_arm"])
    lines = [f"  has values of its own in each arm: {arm_like} (what the arm is called, or got)"] if arm_like else []
    compared, differing = others["compared"], ", ".join(others["differing"])
    if not compared:
        if not (found["covariates"] or found["strata"]):
            lines.append("  nobody looked whether the arms are alike: no column says what was known of the customers")
        return lines
    looked = counted(len(compared), "further column")
    if not differing:
        return [*lines, f"  alike in {looked} of the file ({said_p(others['p_value'])}): {', '.join(compared)}"]
    return [
        *lines,
        f"  THE ARMS DIFFER in {differing}, more than chance allows ({looked} compared, "
        f"{said_p(others['p_value'])}, corrected for their number).",
        "  Either the treatment changed it, or the arms were not alike; then no effect below can be believed.",
        "  If the arms' shares were set by it, name it: --strata. If it was written after, name it: --after. If "
        "neither, chance did not assign.",
    ]


def _outcome(effects: list[dict[str, Any]], found: dict[str, Any]) -> list[str]:
    first = effects[0]
    rate = first["kind"] == "rate"
    doubted = bool(found["randomisation"]["problems"] or (found.get("others") or {}).get("doubt"))
    width = max(len(e["arm"]) for e in [*effects, {"arm": found["control"]}])
    unit = "rate; differences in points" if rate else "mean per customer"
    lines = [f"{first['outcome']} ({unit})"]
    lines.append(f"  {found['control']:<{width}}  {_level(first['control_mean'], rate)}")
    if _withheld(found):
        return [*lines, *_unread(effects, width, rate), f"  {first['verdict']}"]
    for e in effects:
        few = "; too few to say as a ratio" if e["control_mean"] > 0 else ""
        lift = few if e["lift"] is None else f"; lift {_lift(e['lift'])}"
        lines += _against_control(e, width, rate, lift)
        if e["net"]:
            lines.append(
                f"  {'':<{width}}  margin less cost, per treated  {_estimate(e['net'], False)}"
                f"{'' if doubted else _pays(e['net'])}"
            )
            total = e["net_total"]
            lines.append(
                f"  {'':<{width}}  margin less cost, all treated  {total['effect']:+,.0f} "
                f"(95 % {total['low']:+,.0f} to {total['high']:+,.0f})"
            )
    pooled = [e for e in found["pooled"] if e["outcome"] == first["outcome"]]
    for e in pooled:
        lines += _against_control(e, max(width, len(e["arm"])), rate)
    if found["randomisation"]["problems"]:
        # Beside "do not trust" no sentence may claim what these figures cannot show.
        return [*lines, "  no verdict: the assignment is suspected, as said above"]
    lines += [f"  {e['arm']}: {e['verdict']}" for e in [*effects, *pooled]]
    return [*lines, *(line for e in effects if e.get("clustered") for line in of_clusters(e, found, rate))]


def _against_control(e: dict[str, Any], width: int, rate: bool, lift: str = "") -> list[str]:
    """Return an arm's mean with its difference from control, and below it the difference adjusted for covariates."""
    plain = f"{_estimate(e['difference'], rate)}, {said_p(e['difference']['p_value'])}{lift}"
    lines = [f"  {e['arm']:<{width}}  {_level(e['mean'], rate)}  {plain}"]
    if e["adjusted"]:
        saved = e.get("variance_saved") or 0.0
        less = f"; {saved:.0%} less variance" if saved >= 0.005 else ""
        adjusted = f"{_estimate(e['adjusted'], rate)}, {said_p(e['adjusted']['p_value'])}{less}"
        # It may even have the other sign than the means beside it.
        lines.append(f"  {'':<{width}}  adjusted, which decides  {adjusted}")
    return lines


def _unread(effects: list[dict[str, Any]], width: int, rate: bool) -> list[str]:
    """Return means and differences alone: how sure they are is not known."""
    return [
        f"  {e['arm']:<{width}}  {_level(e['mean'], rate)}  {_number(e['difference']['effect'], rate)} (how sure: not "
        "known)"
        for e in effects
    ]


def _segments(found: dict[str, Any]) -> list[str]:
    rows, lines = found["segments"], [f"By {found['segment']} (not adjusted for covariates)"]
    rates = {e["outcome"]: e["kind"] == "rate" for e in found["effects"]}
    width = max([len(f"{r['segment']}, {r['arm']}") for r in rows], default=0)
    for outcome in rates:
        mine = [r for r in rows if r["outcome"] == outcome]
        lines.append(f"  {outcome}")
        for r in mine:
            name = f"{r['segment']}, {r['arm']}"
            lines.append(
                f"    {name:<{width}}  {counted(r['customers'] + r['control_customers'], 'customer'):>19}  "
                f"{_estimate(r['difference'], rates[outcome])}, Holm {said_p(r['p_holm'])}"
            )
        plain = sum(r["difference"]["p_value"] < 0.05 for r in mine)
        kept = sum(r["p_holm"] < 0.05 for r in mine)
        if len(mine) > 1:
            leave = (
                f"{plain} of {len(mine):,} intervals leave{'s' if plain == 1 else ''}"
                if plain
                else "no interval leaves"
            )
            after = f"; {kept} after Holm's correction for {len(mine):,} looks" if plain else ""
            lines.append(f"    {leave} out 0{after}")
        for d in found["segments_differ"]:
            # A single segment differs from none.
            if d["outcome"] == outcome and len({r["segment"] for r in mine}) > 1:
                lines.append(f"    {d['arm']}: {differ(d['p_value'], bool(found.get('clusters')))}")
    if found["segments_too_small"]:
        few = "customers or clusters" if found.get("clusters") else "customers"
        lines.append(f"  {counted(found['segments_too_small'], 'segment')} left out: too few {few} in an arm")
    return lines


def uplift(found: dict[str, Any]) -> str:
    """Return what two learners found, the better one in detail."""
    rate = found["kind"] == "rate"
    unit = "per 1,000 customers"
    parts = [
        f"Uplift of {found['outcome']}: {found['treatment']} against {found['control']}, "
        f"{counted(found['customers'], 'customer')}",
        randomisation(found["randomisation"]),
        f"  effect on everyone, {'in points' if rate else 'per customer'}: {_estimate(found['effect'], rate)}",
        "",
        f"Qini coefficient, {found['outcome']} {unit}",
        f"  {'learner':<22}{'Qini':>9}{'95 %':>20}{'random band':>20}{'p':>8}",
    ]
    for one in found["learners"]:
        q = one["qini"]
        own, band = (
            f"{q[a] * 1000:+.2f} to {q[b] * 1000:+.2f}" for a, b in (("low", "high"), ("random_low", "random_high"))
        )
        parts.append(f"  {one['learner']:<22}{q['coefficient'] * 1000:>+9.2f}{own:>20}{band:>20}{q['p_value']:>8.3f}")
    parts.append(f"  {found['verdict']}")
    best = next(one for one in found["learners"] if one["learner"] == found["best"])
    parts += ["", f"By tenth of the customers, highest score first ({best['learner']})"]
    parts.append("  tenth  customers  predicted   treated   control  uplift")
    for d in best["deciles"]:
        parts.append(
            f"  {d['decile']:>5}{d['customers']:>11,}{_number(d['predicted'], rate):>11}"
            f"{_level(d['treated_mean'], rate):>10}{_level(d['control_mean'], rate):>10}"
            f"  {_estimate(d['uplift'], rate)}"
        )
    cost = f" less {found['cost_per_treated']:g} per treated" if found["cost_per_treated"] else ""
    parts += ["", f"Treat the top share only: {found['outcome']}{cost}, {unit}, against"]
    parts.append(f"  {'top':>5}{'nobody':>27}{'everyone':>27}{'as many at random':>27}")
    for p in best["policies"]:
        cells = "".join(f"{_per_thousand(p[k]):>27}" for k in ("over_none", "over_all", "over_random"))
        parts.append(f"  {p['share']:>5.0%}{cells}")
    return "\n".join(parts)


def _pays(net: dict[str, Any]) -> str:
    if net["low"] > 0:
        return ": it pays"
    return ": it costs more than it brings" if net["high"] < 0 else ": it is not shown to pay"


def _per_thousand(e: dict[str, Any]) -> str:
    if e["low"] == e["high"] == 0:
        return "0"
    return f"{e['effect'] * 1000:+.1f} ({e['low'] * 1000:+.1f} to {e['high'] * 1000:+.1f})"


def _level(value: float, rate: bool) -> str:
    return f"{value:.2%}" if rate else f"{value:,.{decimals([value])}f}"


def _number(value: float, rate: bool) -> str:
    return f"{value * 100:+.2f}" if rate else f"{value:+,.{decimals([value])}f}"


def _estimate(e: dict[str, Any], rate: bool) -> str:
    values = [e[name] * (100 if rate else 1) for name in ("effect", "low", "high")]
    effect, low, high = (f"{v:+,.{decimals(values, least=2 if rate else 0)}f}" for v in values)
    return f"{effect} (95 % {low} to {high})"


def _lift(e: dict[str, Any]) -> str:
    return f"{e['effect']:+.1%} ({e['low']:+.1%} to {e['high']:+.1%})"


def programme(found: dict[str, Any]) -> str:
    """Return the weekly readings of a programme, the last one of each outcome first in words."""
    last = {r["outcome"]: r for r in found["readings"]}
    lines = [
        f"Programme since {found['since']}, {found['holdout']:.0%} of the customers on no list; "
        f"customers count from {counted(found['matured_days'], 'day')} after they entered"
    ]
    for name, r in last.items():
        unit = (
            "share who bought in the last horizon; effects in points"
            if name == "retention"
            else "currency per customer since they entered"
        )
        said = {"margin_net": "margin"}.get(name, name)
        lines += ["", f"{said} ({unit})", f"  {_programme_verdict(said, r)}"]
        lines.append(f"  {'until':<12}{'programme':>11}{'holdout':>9}{'effect':>38}{'relative':>10}")
        for row in (x for x in found["readings"] if x["outcome"] == name):
            share = "–" if row["relative"] is None else f"{row['relative']:+.1%}"
            lines.append(
                f"  {row['day']:<12}{row['customers']:>11,}{row['held_out']:>9,}{_sequence(row, name):>38}{share:>10}"
            )
    return "\n".join([*lines, "", "Intervals hold at all weeks together (95 %): read them as often as you like."])


def _programme_verdict(name: str, r: dict[str, Any]) -> str:
    if r["low"] is None:
        return "too few held out to tell anything yet"
    if not r["shown"]:
        return f"no effect of the programme on {name} is shown yet"
    return f"the programme {'raises' if r['effect'] > 0 else 'lowers'} {name}"


def _sequence(r: dict[str, Any], name: str) -> str:
    if r["low"] is None:
        return "cannot tell"
    rate = name == "retention"
    return _estimate(r, rate).replace("95 % ", "")


def acceptance(found: list[dict[str, Any]]) -> list[str]:
    """Return what a control group says of each stated acceptance, with its evidence."""
    if not found:
        return []
    counts = "  what was stated counts as two customers; the rest is what the control group shows (a beta distribution)"
    return ["", *map(accepted, found), counts]


def pooled(found: dict[str, Any]) -> str:
    """Return what the campaign that was pooled from lists holds, and the command that learns from it."""
    arms, few = ", ".join(f"{n:,} {arm}" for arm, n in found["customers"].items()), found["left_out"]
    return "\n".join(
        [
            f"{counted(len(found['lists']), 'list')}, {counted(sum(found['customers'].values()), 'customer')}: {arms}",
            "  each customer counts on the first list on which they were contacted or held back",
            *(f"  left out: {arm}, with which {_so_few(n)} contacted; an arm needs two" for arm, n in few.items()),
            f"wrote {found['file']} and {found['yaml']}{': learn a policy from them with' if found['enough'] else ''}",
            f"  holdfast uplift -c {found['yaml']} --register NAME"
            if found["enough"]
            else f"  too few to learn a policy: it takes {LEAST_CUSTOMERS} held back, and as many with a treatment",
        ]
    )


def _so_few(number: int) -> str:
    return "nobody was" if number == 0 else "one customer was"
