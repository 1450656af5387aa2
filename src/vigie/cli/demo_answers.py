"""Answers of the service in lines for people, each beside what is true of the invented accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vigie.features.coordination import traces
from vigie.features.i18n import Duration, Language, Listing, Message, Percent, message
from vigie.features.json_object import JsonObject

# In the order of the last line.
_ROLES = ("flood", "activists", "fans", "newsroom", "people")
# From the surest down.
_BANDS = ("very high", "high", "elevated", "low", "abstained")
# Sentences told against an ordinary explanation of the campaign; answers hold all.
_AGAINST = 2


@dataclass(frozen=True)
class Answer:
    """What the service answered on accounts whose truth is known.

    Attributes:
        body: The answer of ``POST /v1/score``.
        truth: What each account is in truth, by id.
        handles: The handle of each account, by id.
        language: Language that the answer was asked for in.
    """

    body: JsonObject
    truth: Mapping[str, str]
    handles: Mapping[str, str]
    language: Language


def together(answer: Answer) -> Iterator[str]:
    """Yield what the accounts do together: first what the evidence is strong for, then what has an ordinary explanation.

    Campaigns come before groups; a group inside a campaign is told with it.

    Args:
        answer: What was answered; the truth of an account is its role in
            :func:`vigie.training.synthetic.example_collection.roles`.
    """
    body, language = answer.body, answer.language
    results = {result["account_id"]: result for result in body["results"]}
    inside = {number for campaign in body["campaigns"] for number in campaign["groups"]}
    found = [("campaign", campaign) for campaign in body["campaigns"]]
    found += [("group", group) for group in body["groups"] if group["group"] not in inside]
    for kind, each in found:
        if each["verdict"] == "strong":
            yield from _in_full(kind, each, answer, results)
    yield ""
    yield message("example.apart").say(language)
    for kind, each in found:
        if each["verdict"] != "strong":
            yield _in_short(kind, each, answer, results)
    yield message(
        "example.all",
        roles=Listing(
            tuple(
                _counted([name for name, own in answer.truth.items() if own == role], answer, results)
                for role in _ROLES
            )
        ),
    ).say(language)


def _in_full(
    kind: str, found: JsonObject, answer: Answer, results: Mapping[str, JsonObject]
) -> Iterator[str]:
    """Yield a campaign or a group in lines: its sentences, one pair, an ordinary explanation, the truth."""
    language = answer.language
    said = message(
        f"cli.{kind}",
        **{kind: found[kind] + 1},
        verdict=message(f"cli.{found['verdict']}"),
        sentence=found["sentence"],
    )
    yield said.say(language)
    names = _names(found)
    yield from _closest_pair([results[name] for name in names], answer)
    for each in found["benign_alternatives"]:
        yield _explained("cli.alternative", each, _AGAINST).say(language)
    yield f"  {_truth(names, answer, results).say(language)}"


def _in_short(kind: str, found: JsonObject, answer: Answer, results: Mapping[str, JsonObject]) -> str:
    """Return a campaign or a group in one line: how many accounts, what most likely explains them, the truth."""
    opening = message(
        f"example.{kind}",
        number=found[kind] + 1,
        verdict=message(f"cli.{found['verdict']}"),
        count=len(found["accounts"]),
    )
    said = [
        opening,
        *(_explained("example.alternative", each, 1) for each in found["benign_alternatives"][:1]),
        _truth(_names(found), answer, results),
    ]
    return "  " + " ".join(each.say(answer.language) for each in said)


def _explained(key: str, alternative: JsonObject, most: int) -> Message:
    """Return an ordinary explanation with what speaks for it, and what speaks most against it where anything does.

    Args:
        key: Message.
        alternative: The explanation, as answers hold it.
        most: Sentences against it.
    """
    # What accounts share with each other says more than what sets them apart from random draws, and stands last.
    supporting, opposing = " ".join(alternative["for"]), " ".join(alternative["against"][-most:])
    if opposing:
        return message(
            f"{key}_opposed", title=alternative["sentence"], supporting=supporting, opposing=opposing
        )
    return message(key, title=alternative["sentence"], supporting=supporting)


def _truth(names: Sequence[str], answer: Answer, results: Mapping[str, JsonObject]) -> Message:
    """Return what accounts are in truth, and how many of each are scored high."""
    roles: dict[str, list[str]] = {}
    for name in names:
        roles.setdefault(answer.truth[name], []).append(name)
    return message(
        "example.truth", roles=Listing(tuple(_counted(own, answer, results) for own in roles.values()))
    )


def _counted(names: Sequence[str], answer: Answer, results: Mapping[str, JsonObject]) -> Message:
    """Return accounts of one role, and how many of them are scored high."""
    high = sum(results[name]["coordinated"].get("band") == "high" for name in names)
    return message(f"example.role.{answer.truth[names[0]]}", count=len(names), high=high)


def _names(found: JsonObject) -> list[str]:
    return [account["account_id"] for account in found["accounts"]]


def _closest_pair(members: Sequence[JsonObject], answer: Answer) -> Iterator[str]:
    """Yield the pair of members that chance explains least, with two of its posts."""
    pairs = [(result, partner) for result in members for partner in result["coordinated"]["partners"]]
    if not pairs:
        return
    result, partner = min(pairs, key=lambda pair: pair[1]["p"])
    act = partner["shared"][0]
    times = [datetime.fromisoformat(act[name]) for name in ("time", "partner_time")]
    yield message(
        "example.pair",
        first=_shown(result, answer),
        second=_shown(partner["partner"], answer),
        gap=Duration(abs((times[1] - times[0]).total_seconds())),
        post=act["post_id"],
        partner_post=act["partner_post_id"],
        trace=traces.title(act["trace"]),
        time=f"{min(times):%Y-%m-%d %H:%M:%S}",
    ).say(answer.language)


def alone(answer: Answer) -> Iterator[str]:
    """Yield the account that looks most inauthentic with its reasons, and how all of them are scored.

    Args:
        answer: What was answered on single accounts; the truth of each is ``inauthentic`` or ``ordinary``.
    """
    body, language = answer.body, answer.language
    scored = [result for result in body["results"] if result["inauthentic"]["status"] == "scored"]
    surest = max(scored, key=lambda result: float(result["inauthentic"]["probability"]))
    verdict = surest["inauthentic"]
    low, high = verdict["interval"]
    yield message(
        "example.account",
        name=_shown(surest, answer),
        truth=message(f"example.{answer.truth[surest['account_id']]}"),
        probability=Percent(verdict["probability"]),
        low=Percent(low),
        high=Percent(high),
        band=message(f"example.level.{verdict['band'].replace(' ', '_')}"),
        reason=" ".join(reason["sentence"] for reason in verdict["reasons"]),
    ).say(language)
    yield message(
        "example.all_alone",
        **{
            truth: _bands(
                [one["inauthentic"] for one in body["results"] if answer.truth[one["account_id"]] == truth]
            )
            for truth in ("inauthentic", "ordinary")
        },
    ).say(language)


def _shown(account: JsonObject, answer: Answer) -> str:
    return f"@{answer.handles[account['account_id']]}"


def _bands(verdicts: Sequence[JsonObject]) -> Listing:
    """Return how many verdicts are in each band, or abstain."""
    counts = Counter(verdict.get("band", "abstained") for verdict in verdicts)
    return Listing(
        tuple(
            message(f"example.band.{band.replace(' ', '_')}", count=counts[band])
            for band in _BANDS
            if counts[band]
        )
    )
