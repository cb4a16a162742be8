"""The command ``leadquality``: each sub-command parses, calls one library function, and prints."""

from __future__ import annotations

import os
import sys

import typer

# Threads of LightGBM that wait should sleep: on a busy machine spinning ones starve those that work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from features.errors import LeadQualityError
from leadquality.commands import (
    audit,
    bento,
    card,
    card_distil,
    card_evidence,
    card_sheets,
    data,
    demo,
    duel,
    keys,
    ledger,
    ledger_filling,
    mapping,
    model,
    receipt,
    registry,
    serve,
    shadow,
)
from leadquality.console import errors

app = typer.Typer(
    name="leadquality",
    help="Which leads become opportunities, with what probability and why, beside the points agreed by hand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data.imports, name="import")
app.add_typer(card.cards, name="card")
card.cards.command("import")(card_sheets.import_card)
card.cards.command("export")(card_sheets.export_card)
card.cards.command("judge")(card_evidence.judge)
card.cards.command("refit")(card_evidence.refit)
card.cards.command("distil")(card_distil.distil)
app.add_typer(ledger.ledgers, name="ledger")
ledger.ledgers.command("load")(ledger_filling.load)
ledger.ledgers.command("score")(ledger_filling.score)
app.add_typer(keys.keyring, name="keys")
app.add_typer(shadow.shadows, name="shadow")
app.add_typer(bento.bentos, name="bento")
app.add_typer(mapping.mappings, name="mapping")
app.add_typer(receipt.receipts, name="receipt")
app.command("audit")(audit.audit)
app.command("features")(data.features)
app.command("train")(model.train)
app.command("compare")(registry.compare)
app.command("duel")(duel.duel)
app.command("promote")(registry.promote)
app.command("rollback")(registry.rollback)
app.command("runs")(registry.runs)
app.command("model-card")(registry.model_card)
app.command("score")(model.score)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)


_INTERRUPTED, _LEFT = 130, "interrupted; nothing half-written was left in place"


def main() -> None:
    """Run the command; an error that the user can mend is one paragraph and exit code 2, never a traceback."""
    try:
        app(standalone_mode=True)
    except LeadQualityError as error:
        errors.print(f"error: {error.message}", style="bold red", highlight=False, markup=False, soft_wrap=True)
        if error.hint:
            errors.print(f"hint:  {error.hint}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
    except SystemExit as ended:
        # An interruption that the command line's library has caught, of which it says nothing.
        if ended.code == _INTERRUPTED:
            errors.print(_LEFT)
        raise
    except KeyboardInterrupt:
        errors.print(_LEFT)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
