"""What vigie says of an account, as objects of STIX for OpenCTI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

import polars as pl

from vigie.client.types import Decision, Dossier, Judged, Operation, Tracked
from vigie.features.i18n import Language, Percent, message
from vigie.features.json_object import JsonObject
from vigie.serving.note import addresses
from vigie.serving.stix import objects, relations
from vigie.serving.stix.export import ACCOUNT_TYPES, CONFIDENCE
from vigie.serving.stix.objects import Grouping, Identity, Marking, Note, Relationship, UserAccount

Target = Literal["inauthentic", "coordinated"]
# Addresses of posts in a note.
_SHOWN = 10
# Where OpenCTI keeps its own fields of an observable, and reads them before the plain ones.
_EXTENSION = "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82"
_POSTS = {"platform": pl.String, "permalink": pl.String, "post_id": pl.String, "created_at": pl.String}


@dataclass(frozen=True)
class Findings:
    """What vigie says of one account.

    Attributes:
        operation: Which operation.
        judged: Its last judgement.
        dossier: What it knows of the account.
        group: The account's group over time; None: it is of none.
    """

    operation: Operation
    judged: Judged
    dossier: Dossier
    group: Tracked | None

    def verdict(self, target: Target) -> Mapping[str, Any]:
        """Return the score or why there is none; empty for an account that was not judged yet."""
        results = cast("Mapping[str, Any]", self.dossier["result"] or {})
        return results.get(target) or {}

    def probability(self, target: Target) -> float | None:
        """Return a score; None where vigie abstains, or somebody decided that it is wrong."""
        verdict = self.verdict(target)
        if verdict.get("status") != "scored" or self.decision(target) == "false_positive":
            return None
        return float(verdict["probability"])

    def is_high(self, target: Target) -> bool:
        """Return whether a score is of the highest band."""
        return self.probability(target) is not None and self.verdict(target)["band"] == "high"

    def decision(self, target: Target) -> str | None:
        """Return what was decided last of the account."""
        decided: Iterable[Decision] = self.dossier.get("decisions") or ()
        of_target = [each for each in decided if each["target"] == target]
        return max(of_target, key=lambda each: each["id"])["decision"] if of_target else None


@dataclass(frozen=True)
class ConverterToStix:
    """Writes findings of one operation.

    Attributes:
        tlp: Marking of what is added, beside those of what is enriched.
        language: Of its sentences.
    """

    tlp: Marking
    language: Language

    def enriched(self, entity: JsonObject, found: Findings) -> list[JsonObject]:
        """Return an account or channel with what is added to it: first itself, then what it refers to.

        Args:
            entity: ``user-account`` or ``channel`` of STIX; it is left as it is.
            found: What vigie says of it.
        """
        at = datetime.fromisoformat(found.judged["at"])
        author = Identity(name="vigie", created=at, modified=at, created_by_ref=None, object_marking_refs=())
        marks = dict.fromkeys((*entity.get("object_marking_refs", ()), objects.marking_id(self.tlp)))
        said: dict[str, Any] = {"created_by_ref": author.id, "object_marking_refs": tuple(marks)}
        own = {**entity, "labels": self._labels(entity, found)}
        account = own
        added: list[JsonObject] = [objects.marking_definition(self.tlp), author.to_json()]
        if entity["type"] == "channel":
            account = self._account(found, tuple(marks))
            belongs = Relationship(
                relationship_type=relations.taken("channel", "belongs-to", "user-account"),
                source_ref=entity["id"],
                target_ref=account["id"],
                created=at,
                modified=at,
                **said,
            )
            added += [account, belongs.to_json()]
        if (probability := found.probability("inauthentic")) is not None:
            _score(account, round(100 * probability))
        note = Note(
            abstract=self._say("stix.score_abstract"),
            content="\n\n".join(self._paragraphs(found)),
            object_refs=(entity["id"],),
            created=at,
            modified=at,
            **said,
        )
        added.append(note.to_json())
        if found.group is not None:
            added.append(self._grouping(found, found.group, entity["id"], said).to_json())
        return [own, *added]

    def _labels(self, entity: JsonObject, found: Findings) -> list[str]:
        high = [f"vigie:{target}" for target in get_args(Target) if found.is_high(target)]
        known = (
            entity.get("labels") or entity.get("x_opencti_labels") or _extension(entity).get("labels") or []
        )
        return list(dict.fromkeys((*known, *high)))

    def _account(self, found: Findings, marks: tuple[str, ...]) -> JsonObject:
        """Return the account that a channel belongs to, by the stable id of its platform."""
        dossier = found.dossier
        platform = dossier["platform"]
        return UserAccount(
            account_type=ACCOUNT_TYPES.get(platform, platform),
            user_id=dossier["account_id"],
            account_login=dossier["handle"],
            display_name=dossier["profile"].get("display_name"),
            account_created=None,
            object_marking_refs=marks,
        ).to_json()

    def _grouping(self, found: Findings, group: Tracked, member: str, said: Mapping[str, Any]) -> Grouping:
        """Return the group with this member: OpenCTI adds members to those it knows."""
        told = group.get("group")
        return Grouping(
            name=self._say("opencti.group", title=found.operation["title"], group=str(group["track"])),
            description=told["sentence"] if told else "",
            object_refs=(member,),
            created=datetime.fromisoformat(group["born_at"]),
            modified=datetime.fromisoformat(group["seen_at"]),
            confidence=CONFIDENCE[told["verdict"]] if told else None,
            **said,
        )

    def _paragraphs(self, found: Findings) -> Iterator[str]:
        """Yield the paragraphs of the note: verdicts, why, the group, decisions, posts, and what all this does not say."""
        dossier = found.dossier
        yield self._say(
            "opencti.seen",
            count=len(dossier["posts"]) + dossier["posts_left_out"],
            title=found.operation["title"],
            revision=dossier["judged_revision"],
        )
        if dossier["result"] is None:
            yield self._say("opencti.not_judged")
        for target in get_args(Target):
            yield from self._verdict(target, found.verdict(target))
            if (decided := found.decision(target)) is not None:
                yield self._say(f"opencti.decided_{decided}")
        told = found.group and found.group.get("group")
        if told:
            yield told["sentence"]
        if shown := _addresses(found):
            yield "\n".join((self._say("opencti.posts"), *(f"- {address}" for address in shown)))
        yield self._say("stix.caution")

    def _verdict(self, target: Target, verdict: Mapping[str, Any]) -> Iterator[str]:
        if verdict.get("status") == "abstained":
            yield f"{self._say(f'stix.abstained_{target}')} {verdict['why']}"
        elif verdict:
            first = self._say(f"stix.scored_{target}", probability=Percent(verdict["probability"], 1))
            yield "\n".join((first, *(f"- {reason['sentence']}" for reason in verdict["reasons"])))

    def _say(self, key: str, **values: Any) -> str:
        return message(key, **values).say(self.language)


def _addresses(found: Findings) -> list[str]:
    """Return the addresses of the posts that verdicts rest on, as far as they are certain."""
    dossier = found.dossier
    reasons = [reason for target in get_args(Target) for reason in found.verdict(target).get("reasons", ())]
    shared = [
        act for partner in found.verdict("coordinated").get("partners", ()) for act in partner["shared"]
    ]
    wanted = {post for reason in reasons for post in reason["post_ids"]} | {act["post_id"] for act in shared}
    posts = [
        {name: post.get(name) for name in _POSTS} | {"platform": dossier["platform"]}
        for post in dossier["posts"]
        if post.get("post_id") in wanted
    ]
    table = pl.DataFrame(posts, schema=_POSTS).with_columns(
        pl.col("created_at").str.to_datetime(time_unit="us", time_zone="UTC")
    )
    return (
        table.select(addresses.of_posts())
        .to_series()
        .drop_nulls()
        .unique(maintain_order=True)
        .to_list()[:_SHOWN]
    )


def _score(account: JsonObject, score: int) -> None:
    account["x_opencti_score"] = score
    if "score" in _extension(account):
        extensions = account["extensions"]
        account["extensions"] = {**extensions, _EXTENSION: {**extensions[_EXTENSION], "score": score}}


def _extension(entity: JsonObject) -> JsonObject:
    return dict((entity.get("extensions") or {}).get(_EXTENSION) or {})
