"""Commands on receipts: show what was scored and why, verify that it comes out again bit for bit."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadquality.commands.ledger import _DEFAULT, Address, _print
from leadquality.console import errors, steps
from leadquality.options import AsJson, TrackingUri

if TYPE_CHECKING:
    from serving.ledger import Ledger, StoredReceipt
    from serving.scoring.registered import RegisteredModels
    from serving.scoring.verify import Verification

receipts = typer.Typer(
    help="What was scored, by which model, and whether it comes out again.", no_args_is_help=True
)

#: Receipts between two lines of progress.
_OFTEN = 10_000


@receipts.command("show")
def show(
    receipt_id: Annotated[str, typer.Argument(help="The receipt_id of an answer.")],
    address: Address = _DEFAULT,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Show one receipt: result, features by name, and the facts that were scored."""
    from features.errors import LeadQualityError
    from serving.ledger import open_ledger
    from serving.scoring.registered import RegisteredModels
    from serving.scoring.shown import show_receipt
    from serving.scoring.verify import ModelNotFoundError

    with open_ledger(address, create=False) as ledger:
        receipt = _find(ledger, receipt_id)
        body = None if receipt.input_digest is None else ledger.input(receipt.input_digest)
        loaded = None
        # The receipt can be read without its model, but for the names of the features.
        with suppress(ModelNotFoundError, LeadQualityError):
            loaded = RegisteredModels(tracking_uri)(receipt.model_version)
        told = show_receipt(receipt, body, loaded)
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _print_receipt(told)


@receipts.command("verify")
def verify(
    receipt_id: Annotated[str | None, typer.Argument(help="The receipt_id of an answer.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every receipt of the ledger.")] = False,
    address: Address = _DEFAULT,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Compute receipts again from their facts; exits with 1 where one differs, or its model is not to be had.

    Equal figures in the words of another version of this software count as "other words", and are no failure.
    """
    from features.errors import LeadQualityError
    from serving.ledger import open_ledger
    from serving.scoring.registered import RegisteredModels

    if every == (receipt_id is not None):
        raise LeadQualityError("name one receipt, or --all", hint="leadquality receipt verify --all")
    models = RegisteredModels(tracking_uri)
    with open_ledger(address, create=False) as ledger:
        counts = _verify_all(ledger, models) if receipt_id is None else _verify_one(ledger, models, receipt_id)
    if as_json:
        typer.echo(json.dumps(dict(counts), indent=2))
    elif every:
        _print(", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()) or "there are no receipts")
    if counts["mismatch"] or counts["model not found"]:
        raise typer.Exit(1)


def _verify_one(ledger: Ledger, models: RegisteredModels, receipt_id: str) -> Counter[str]:
    found = _verify(ledger, models, _find(ledger, receipt_id))
    _say(receipt_id, found)
    return Counter([found.outcome])


def _verify_all(ledger: Ledger, models: RegisteredModels) -> Counter[str]:
    counts: Counter[str] = Counter()
    said: set[str] = set()
    with steps() as step:
        step("computing receipts again")
        for number, receipt in enumerate(ledger.all_receipts(), 1):
            found = _verify(ledger, models, receipt)
            counts[found.outcome] += 1
            # Of a model that is gone, or of other software, once: its receipts may be many.
            once = found.outcome in {"model not found", "other words"}
            if found.outcome == "mismatch" or (once and found.says[0] not in said):
                said.add(found.says[0])
                _say(receipt.receipt_id, found)
            if number % _OFTEN == 0:
                step(f"computing receipts again: {number:,} so far")
    return counts


def _verify(ledger: Ledger, models: RegisteredModels, receipt: StoredReceipt) -> Verification:
    from serving.scoring.verify import verify

    body = None if receipt.input_digest is None else ledger.input(receipt.input_digest)
    return verify(receipt, body, models)


def _say(receipt_id: str, found: Verification) -> None:
    # Differences on standard error, so that --json stays JSON.
    errors.print(f"{receipt_id}: {found.outcome}", markup=False, highlight=False, soft_wrap=True)
    for line in found.says:
        errors.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _find(ledger: Ledger, receipt_id: str) -> StoredReceipt:
    from features.errors import LeadQualityError

    found = None if "\0" in receipt_id else ledger.receipt(receipt_id)
    if found is None:
        raise LeadQualityError(
            f"{ledger.place}: no receipt {receipt_id!r}", hint="it stands in an answer as receipt_id"
        )
    return found


_ASIDE = {"answer", "input", "features", "features_why"}


def _print_receipt(told: dict[str, Any]) -> None:
    for name, value in told.items():
        if name not in _ASIDE and value not in {None, ""}:
            _print(f"{name:15} {value}")
    _print("\nanswer")
    for name, value in (told["answer"] or {}).items():
        if value not in {None, ""} and name not in told:
            _print(f"  {name:17} {value}")
    _print("\nfeatures" if told["features"] is not None else f"\nfeatures: {told['features_why']}")
    width = max((len(feature["name"]) for feature in told["features"] or ()), default=0)
    for feature in told["features"] or ():
        _print(f"  {feature['name']:{width}}  {feature['says']}")
    _print("\nfacts" if told["input"] is not None else "\nfacts: gone")
    if told["input"] is not None:
        _print(json.dumps(told["input"], indent=2, ensure_ascii=False))
