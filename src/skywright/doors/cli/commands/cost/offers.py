"""`skywright cost offers`: what providers say today may be committed to for the machines in the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.commitment import Offer, Quote, Usage
    from skywright.topics.commitments.market import Market

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--output", "-o", type=FILE, metavar="FILE", help=t("Where to write them (by default where commitments look)."))
@JSON
@click.pass_obj
def offers(context: Context, *, output: Path | None, json_: bool) -> None:
    """Ask AWS and Azure, as far as they are configured, for today's prices of what may be committed to for the machines in the
    ledger: reservations and savings plans of every term and way to pay. Nothing is bought. `skywright cost commitments` weighs
    them in place of the packaged ones."""
    treasury = context.house.treasury
    with show.progress(t("Asking for prices")) as told:
        market = treasury.market(told)
    path = output or treasury.commitments.kept
    if market.offers:
        _keep(market, path)
    if json_:
        quotes = [{"pool": usage.name, "quote": quote} for usage, quote in market.quotes]
        kept = str(path) if market.offers else None
        show.as_json({"kept": kept, "quotes": quotes, "unasked": [one.name for one in market.unasked]})
        return
    _tell(market, path, own=output is not None)


def _keep(market: "Market", path: Path) -> None:
    """Write all or nothing; what of an earlier file was not answered for now stays in it. Raises BadInput where that is not
    possible, or where the earlier file is none of offers."""
    from skywright.adapters.prices.commitments import read, written

    found = market.beside(read(path) if path.exists() else ())
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(written(found), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise BadInput(t("{path} cannot be written: {why}.", path=path, why=error.strerror), where="--output") from error


def _tell(market: "Market", path: Path, *, own: bool) -> None:
    out = show.console()
    columns = (t("machines"), t("on demand"), t("1 y, no upfront"), t("1 y, at best"), t("3 y, at best"), t("offers"))
    if market.quotes:
        show.table(columns, [_row(usage, quote) for usage, quote in market.quotes], right=columns[1:])
        text = t("On demand: an hour. Percent: what comes off it; at best, of every way to pay.")
        out.print(text, style="dim", markup=False)
    for usage, quote in market.quotes:
        if quote.why:
            out.print(t("{pool}: not known. {why}", pool=usage.name, why=quote.why), style="yellow", markup=False)
    if market.unasked:
        providers = ", ".join(dict.fromkeys(one.provider for one in market.unasked))
        text = t("Not asked: {providers} (not configured, or no list to ask); packaged rates hold there.", providers=providers)
        out.print(text, style="yellow", markup=False)
    if not market.offers:
        out.print(t("Nothing was answered; what was kept before stays."), style="bold", markup=False)
        return
    count = n("{count} offer", "{count} offers", len(market.offers))
    following = t("`skywright cost commitments --offers {path}`", path=path) if own else t("`skywright cost commitments`")
    out.print(t("{offers} kept in {path}; next: {next}.", offers=count, path=path, next=following), style="bold", markup=False)


def _row(usage: "Usage", quote: "Quote") -> tuple[str, ...]:
    year, three = ([one for one in quote.offers if one.term_months == months] for months in (12, 36))
    price = "" if quote.on_demand is None else f"{quote.on_demand:,.4f} {quote.currency}"
    plain = [one for one in year if one.payment == "no upfront"]
    return usage.name, price, _best(plain), _best(year), _best(three), str(len(quote.offers) or "")


def _best(found: "list[Offer]") -> str:
    return f"{1 - min(one.ratio for one in found):.1%}" if found else ""
