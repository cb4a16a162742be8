"""Cards of every sort of rule, drawn by a seed, as the plain keys that a YAML file would have."""

from __future__ import annotations

WINDOWS = ("1d", "36h", "7d", "14d", "30d", "90d", "all")


def random_card(
    rng, texts: dict[str, list[str]], numbers: dict[str, list[float]], kinds: list[str], most: int = 9
):
    """Return a card as a dictionary.

    ``texts`` and ``numbers`` give, for each attribute, values that the data have; ``kinds`` the event kinds.
    """
    rules = [rule | {"name": f"Rule {i}"} for i, rule in enumerate(_rules(rng, texts, numbers, kinds, most))]
    fit = [rule for rule in rules if "attribute" in rule]
    engagement = [rule for rule in rules if "attribute" not in rule]
    cuts = sorted(rng.sample(range(-20, 60), 3), reverse=True)
    card = {
        "version": 2,
        "name": "random",
        "agreed": {"by": ["Ann"], "on": "2025-03-03"},
        "fit": {"rules": fit} | ({"cap": rng.choice([5, 15, 40])} if rng.random() < 0.5 else {}),
        "engagement": {"rules": engagement} | ({"cap": rng.choice([5, 15, 40])} if rng.random() < 0.5 else {}),
        "grades": dict(zip("ABC", cuts, strict=True)),
        "qualified": cuts[1],
    }
    if rng.random() < 0.5:
        card["cap"] = rng.choice([10, 25, 60])
    if rng.random() < 0.7:
        first, second = (sorted(rng.sample(range(-20, 40), 3), reverse=True) for _ in range(2))
        card["grid"] = {
            "fit": dict(zip("ABC", first, strict=True)),
            "engagement": dict(zip((1, 2, 3), second, strict=True)),
        }
    return card


def _rules(rng, texts, numbers, kinds, most):
    # One on the account, so that some rule always speaks of what the data have.
    yield _account(rng)
    for _ in range(rng.randint(1, most)):
        sort = rng.choice(["attribute", "attribute", "event", "event", "account"])
        if sort == "attribute":
            yield _attribute(rng, texts, numbers)
        else:
            yield _event(rng, kinds) if sort == "event" else _account(rng)


def _points(rng) -> int:
    return rng.choice([-30, -7, -1, 1, 3, 5, 10, 25])


def _attribute(rng, texts, numbers):  # noqa: PLR0911 - one case a sort of rule
    test = rng.choice(["equals", "in", "contains", "between", "missing", "read", "size", "lacking"])
    rule = {"points": _points(rng)}
    if test == "lacking":
        return rule | {"attribute": "shoe_colour", "equals": "red"}
    if test == "between":
        name = rng.choice(sorted(numbers))
        ends = sorted(rng.choice(numbers[name]) for _ in range(2))
        return rule | {"attribute": name, "between": rng.choice([ends, [None, ends[1]], [ends[0], None]])}
    if test == "size":
        return rule | {"attribute": "employees", "read": "employees", "between": [rng.choice([1, 11, 200]), None]}
    if test == "read":
        rank = rng.choice(["director", "vice_president", "executive", "student", "manager"])
        return rule | {"attribute": "title", "read": "seniority", "in": [rank]}
    name = rng.choice(sorted(texts))
    if test == "missing":
        return rule | {"attribute": name, "missing": True}
    some = rng.sample(texts[name], min(len(texts[name]), rng.randint(1, 3)))
    if test == "equals":
        return rule | {"attribute": name, "equals": some[0].upper()}
    if test == "in":
        return rule | {"attribute": name, "in": [f" {text}" for text in some]}
    return rule | {"attribute": name, "contains": [rng.choice(text.split()) for text in some]}


def _event(rng, kinds):
    chosen = rng.choice([rng.choice(kinds), rng.sample(kinds, min(2, len(kinds))), [kinds[0], "smoke_signal"]])
    rule = {"points": _points(rng), "event": chosen}
    if rng.random() < 0.4:
        rule["who"] = "colleagues"
    test = rng.choice(["once", "at_least", "each", "days_since", "distinct_days", "half_life"])
    return rule | _counting(rng, rule, test)


def _account(rng):
    rule = {"points": _points(rng), "account": rng.choice(["opportunity", "opportunity_won", "opportunity_lost"])}
    return rule | _counting(rng, rule, rng.choice(["once", "at_least", "each", "days_since"]))


def _counting(rng, rule, test):
    more = {}
    if test not in {"days_since", "half_life"} and rng.random() < 0.8:
        more["within"] = rng.choice(WINDOWS)
    if test == "days_since":
        low, high = sorted(rng.sample(range(60), 2))
        more["days_since"] = rng.choice([[None, high], [low, None], [low, high]])
    elif test == "half_life":
        more["half_life"] = rng.choice(["1d", "7d", "14d"])
    elif test == "each":
        more["each"] = True
    elif test in {"at_least", "distinct_days"}:
        more[test] = rng.randint(1, 4)
    if test in {"each", "half_life"} and rng.random() < 0.6:
        more["cap"] = rng.choice([4, 12, 30]) * (1 if rule["points"] > 0 else -1)
    return more
