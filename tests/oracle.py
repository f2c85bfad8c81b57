"""A second opinion: the whole job again, slowly, in exact fractions, with no code of the kit."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from recon_kit.db import Connection

LONDON = ZoneInfo("Europe/London")
Cell = tuple[date, int, str, str]


def half_hours(day: date) -> int:
    """Settlement periods of a date, from the time zone database."""
    midnight, next_midnight = (
        datetime.combine(d, time(), LONDON).timestamp() for d in (day, day + timedelta(days=1))
    )
    return round((next_midnight - midnight) / 1800)


def bitcoin_mined(
    mwh: Decimal, difficulty: Decimal, hashrate: Decimal, power: Decimal, reward: Decimal
) -> Decimal:
    """The formula in exact fractions, rounded once to 12 decimals, halves away from zero."""
    hashes = Fraction(mwh) * 3_600_000_000 / Fraction(power) * Fraction(hashrate) * 10**12
    exact = hashes / (Fraction(difficulty) * 2**32) * Fraction(reward)
    twelfths = (2 * exact.numerator * 10**12 + exact.denominator) // (2 * exact.denominator)
    with localcontext(prec=200):
        return Decimal(twelfths).scaleb(-12)


def expected(db: Connection) -> dict[Cell, tuple[Decimal, Decimal]]:
    """Every calculation that should exist: BTC and difficulty by cell."""
    energy: dict[tuple[date, int, str], Decimal] = defaultdict(Decimal)
    for row in db.execute(
        "select settlement_date, settlement_period, farm_id, volume from curtailment_records"
    ):
        key = (row["settlement_date"], row["settlement_period"], row["farm_id"])
        with localcontext(prec=200):
            energy[key] += abs(row["volume"])
    difficulties = {
        row["settlement_date"]: row["difficulty"]
        for row in db.execute("select * from recon.network_difficulties")
    }
    rewards = sorted(
        (row["from_date"], row["block_reward_btc"])
        for row in db.execute("select * from recon.block_rewards")
    )
    models = list(db.execute("select * from recon.miner_models where is_active"))
    cells = {}
    for (day, period, farm), mwh in energy.items():
        reward = [btc for first, btc in rewards if first <= day]
        if day not in difficulties or not reward or not mwh.is_finite() or mwh > 10_000:
            continue
        if mwh == 0 or not 1 <= period <= half_hours(day):
            continue
        for model in models:
            btc = bitcoin_mined(
                mwh, difficulties[day], model["hashrate_ths"], model["power_watts"], reward[-1]
            )
            cells[day, period, farm, model["miner_model"]] = (btc, difficulties[day])
    return cells


def stored(db: Connection) -> dict[Cell, tuple[Decimal, Decimal]]:
    """Every calculation there is."""
    return {
        (r["settlement_date"], r["settlement_period"], r["farm_id"], r["miner_model"]): (
            r["bitcoin_mined"],
            r["difficulty"],
        )
        for r in db.execute("select * from historical_bitcoin_calculations")
    }


def sums(cells: dict[Cell, tuple[Decimal, Decimal]], form: str) -> dict[tuple[str, str], Any]:
    """BTC by period, in a form of strftime, and miner model."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with localcontext(prec=60):
        for (day, _, _, model), (btc, _) in cells.items():
            totals[day.strftime(form), model] += btc
    return dict(totals)


def assert_consistent(db: Connection) -> None:
    """P1, P2 and P3: rows and all three summaries are what they should be, and nothing is left."""
    want, have = expected(db), stored(db)
    assert have.keys() == want.keys()
    assert have == want
    for form, table, period in (
        ("%Y-%m-%d", "bitcoin_daily_summaries", "summary_date::text"),
        ("%Y-%m", "bitcoin_monthly_summaries", "year_month"),
        ("%Y", "bitcoin_yearly_summaries", "year::text"),
    ):
        found = db.execute(f"select {period} as period, miner_model, bitcoin_mined from {table}")
        assert {(r["period"], r["miner_model"]): r["bitcoin_mined"] for r in found} == sums(
            want, form
        ), table


def rounded(value: Decimal, digits: str) -> Decimal:
    """To as many decimals as another printed value has."""
    return value.quantize(Decimal(digits), rounding=ROUND_HALF_UP)
