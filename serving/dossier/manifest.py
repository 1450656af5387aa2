"""What a dossier says of itself: what it is about, what computed it, and the digest of each member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.errors import DossierError

FORMAT: Literal[1] = 1
README, MANIFEST, SIGNATURE = "README.txt", "manifest.json", "signature.json"
LARGEST = 1 << 20
Target = Literal["inauthentic", "coordinated"]
TARGETS: tuple[Target, ...] = get_args(Target)
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Part):
    """What a dossier is about.

    Attributes:
        name: What the collection is called.
        operation: Id of the operation; None: of none.
        revision: State of the operation that was judged.
        kind: A campaign or a group; None: all that was found.
        track: Its number over time.
        number: Its number among the figures.
    """

    name: str = Field(max_length=1_000)
    operation: str | None = None
    revision: int | None = None
    kind: Literal["campaign", "group"] | None = None
    track: int | None = None
    number: int | None = None


class Model(_Part):
    """A model that scored: what it is, and whether the dossier holds it or names one that ships."""

    name: str
    version: str
    feature_set: str
    is_held: bool


class Parameters(_Part):
    """How the accounts were compared.

    Attributes:
        meetings: Most meetings of two actions by trace and window; None: no bound.
        budget: Most over all of them.
        platform_of_posts: Whether the platform told which post another acts on.
        shifted_hours: Hours that were added to the times of platforms before they were sealed.
    """

    meetings: int | None
    budget: int | None
    platform_of_posts: bool
    shifted_hours: dict[str, float]


class Inputs(_Part):
    """How much is held, and from when to when."""

    accounts: int = Field(ge=0)
    posts: int = Field(ge=0)
    first_observed_at: datetime | None
    last_observed_at: datetime | None
    first_post_at: datetime | None
    last_post_at: datetime | None


class Member(_Part):
    """A member of the archive."""

    sha256: Digest
    bytes: int = Field(ge=0)


class Manifest(_Part):
    """All that a dossier says of itself.

    Attributes:
        format: Of the dossier.
        vigie: Version that sealed it.
        about: What it is about.
        holds_personal_data: That it does: posts and profiles.
        models: By target.
        parameters: How it was computed.
        inputs: How much it rests on.
        members: Every member but the manifest and the signature, by name.
        whole: SHA-256 of all of them together, see :func:`whole`.
    """

    format: Literal[1] = FORMAT
    vigie: str
    about: About
    holds_personal_data: Literal[True] = True
    models: dict[Target, Model]
    parameters: Parameters
    inputs: Inputs
    members: dict[str, Member]
    whole: Digest


def members(contents: Mapping[str, bytes]) -> dict[str, Member]:
    """Return what is noted of members, by name."""
    return {
        name: Member(sha256=sha256(content).hexdigest(), bytes=len(content))
        for name, content in contents.items()
    }


def whole(noted: Mapping[str, Member]) -> str:
    """Return the digest of all members: SHA-256 of the lines that ``sha256sum`` writes of them, in their order."""
    lines = "".join(f"{member.sha256}  {name}\n" for name, member in noted.items())
    return sha256(lines.encode()).hexdigest()


def parse(text: bytes) -> Manifest:
    """Return a manifest.

    Raises:
        DossierError: It is none, or of a format that this version does not read.
    """
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"][:4]) or "the whole"
        raise DossierError(
            f"{MANIFEST} is none that this version of vigie reads (format {FORMAT}): {place}: {first['msg']}"
        ) from None
