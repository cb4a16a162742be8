"""What the service says of itself."""

from __future__ import annotations

from serving.openapi.answer import ANSWER
from serving.openapi.schema import Schema, closed, field, list_of

_MODEL: dict[str, Schema] = {
    "model_version": ANSWER["model_version"],
    "card_version": ANSWER["card_version"],
    "horizon_days": ANSWER["horizon_days"],
    "trained_at": field("string", "when the model was trained", format="date-time"),
    "features": field("integer", "how many features the model reads"),
    "digest": field("string", "SHA-256 of all that decides a score"),
    "dataset_digest": field("string", "of the dataset it was trained on"),
    "event_kinds": list_of({"type": "string"}, "kinds that events may have"),
    "attributes": list_of(
        closed(
            {
                "entity": field("string", "whose it is", enum=["lead", "account"]),
                "name": field("string", "its name"),
                "type": field("string", "how it is read", enum=["number", "category"]),
            }
        ),
        "attributes that a lead may have",
    ),
    "reload_failed": field("string", "why a newer version did not take its place; else empty"),
}


def about_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    return {
        "Model": closed(_MODEL),
        "Reloaded": closed(
            {
                "status": field("string", "always done", const="done"),
                "model_version": ANSWER["model_version"],
                "changed": field("boolean", "whether it is another than before"),
                "workers": field("integer", "how many processes answer with it", minimum=1),
            }
        ),
        "Alive": closed({"status": field("string", "always alive", const="alive")}),
        "Ready": closed(
            {
                "status": field("string", "always ready", const="ready"),
                "model_version": ANSWER["model_version"],
            }
        ),
        "Paths": closed(
            {
                "service": field("string", "lead quality"),
                "model_version": ANSWER["model_version"],
                "paths": {"type": "object", "additionalProperties": {"type": "string"}},
            }
        ),
    }
