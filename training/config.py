"""The configuration of a training: one TOML per model, every key known, misspelt ones refused by name."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vigie.errors import ConfigError, choices

# Tables that a file gives whole or not at all.
_OWN = ("bands",)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Size(_Section):
    """Model sizes tried; the smallest within one standard error of the best is taken."""

    leaves: list[Annotated[int, Field(ge=2, le=64)]] = Field([2, 4, 8], min_length=1)
    trees: list[Annotated[int, Field(ge=10, le=2000)]] = Field([50, 100, 200, 400, 800], min_length=1)


class Booster(_Section):
    """LightGBM parameters that do not change with size; those not named here would change what a bundle promises.

    Defaults after ``max_bin`` are those of LightGBM.
    """

    learning_rate: float = Field(0.05, gt=0, le=1)
    feature_fraction: float = Field(0.6, gt=0, le=1)
    bagging_fraction: float = Field(0.7, gt=0, le=1)
    min_data_in_leaf: int = Field(50, ge=1)
    lambda_l2: float = Field(5.0, ge=0)
    max_bin: int = Field(63, ge=15, le=255)
    bagging_freq: int = Field(1, ge=1, le=100)
    feature_fraction_bynode: float = Field(1.0, gt=0, le=1)
    min_sum_hessian_in_leaf: float = Field(1e-3, ge=0, le=1e6)
    min_gain_to_split: float = Field(0.0, ge=0, le=1e6)
    min_data_in_bin: int = Field(3, ge=1, le=10_000)
    lambda_l1: float = Field(0.0, ge=0, le=1e6)
    max_depth: int = Field(-1, ge=-1, le=64)
    max_delta_step: float = Field(0.0, ge=0, le=1e6)
    path_smooth: float = Field(0.0, ge=0, le=1e6)
    extra_trees: bool = False
    monotone_constraints_method: Literal["basic", "intermediate", "advanced"] = "basic"
    monotone_penalty: float = Field(0.0, ge=0, le=100)


class Part(_Section):
    """One booster of the bundle."""

    only: list[str] = Field(
        [], description="Features that it reads; empty: all that the leak register does not name."
    )
    exclude: list[str] = Field([], description="Features left out besides those the leak register names.")
    floor: float = Field(..., ge=0, le=1, description="Least share of the gain that must be known to speak.")
    weight: float = Field(1.0, gt=0, description="Weight of its log-odds in the sum.")
    whole: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Of profile: least share of the gain of which an account counts as well known. Thinner profiles are held against "
        "people whose profiles were cut to counts and dates. Default: the floor.",
    )

    @property
    def least_whole(self) -> float:
        """Least share of the gain of which an account counts as well known."""
        return self.floor if self.whole is None else self.whole


class Views(_Section):
    """How one account becomes several training rows: as it was with fewer posts, and earlier."""

    truncations: list[Annotated[int, Field(ge=1)]] = [10, 20, 50, 100]
    windows: int = Field(8, ge=1, description="Most windows of full length taken back in time per account.")


class Floors(_Section):
    """Below these the model abstains."""

    acts: int = Field(
        5, ge=0, description="Posts since creation, and supplied, under which nothing is judged."
    )
    posts: int = Field(20, ge=1, description="Posts needed for the posts part to speak.")
    posts_count_needed: bool = Field(
        True, description="Whether an account is left unjudged of which it is unknown whether it ever posted."
    )


class Sets(_Section):
    """How accounts are held against the people of each source, see :mod:`vigie.models.conformal`."""

    level: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="Share of the ordinary people of a source who are called suspect at most.",
    )
    bands: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        {"elevated": 0.05, "high": 0.005},
        description="Share of the ordinary people of a source who are in a band, or one above it, at most.",
    )


class Split(_Section):
    """What is held out whole when a model is judged."""

    by: Literal["source", "campaign"] = Field(
        "source",
        description="A data set, or a campaign: then ordinary accounts of a data set are shared out among its campaigns.",
    )


class Tune(_Section):
    """Search of LightGBM's parameters with Optuna, nested inside the split; none is done with 0 trials."""

    trials: int = Field(0, ge=0, le=10_000, description="Trials per study.")


class Gate(_Section):
    """A test that a challenger must pass to become champion.

    Attributes:
        figure: Name of a metric of the run's record, or of the comparison with the champion.
        end: Which end of its interval is tested.
        at_least: Least value that passes.
        at_most: Largest value that passes.
        why: What the gate protects from, shown when it fails.
    """

    figure: str
    end: Literal["low", "value", "high"] = "value"
    at_least: float | None = None
    at_most: float | None = None
    why: str = ""

    @model_validator(mode="after")
    def _one_limit(self) -> Gate:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give one of at_least and at_most")
        return self


class Config(_Section):
    """Everything that decides a model besides the data.

    Attributes:
        target: What is learnt.
        name: Registered name of the model.
        sources: Names of data sets in order of preference: a person found in two is kept in the first. Others that are
            given come after them.
        strengths: Weight of a label by how it came to be; labels without a strength count as weak.
        unlabelled: Data sets whose accounts without a label count as ordinary, with the share of them that is thought
            to be the contrary (positive-unlabelled sets: takedown lists beside a sample of the platform).
        assumed_prevalence: Prevalence at which the headline probability is stated.
        seed: Seed of everything random.
        gates: What a challenger must pass to become champion.
    """

    target: str = "inauthentic"
    name: str = Field("vigie-inauthentic", pattern="^[^/:]+$")  # what MLflow takes
    sources: list[str] = []
    strengths: dict[Literal["platform", "state", "expert", "weak"], Annotated[float, Field(ge=0, le=1)]] = {}
    unlabelled: dict[str, Annotated[float, Field(ge=0, lt=1)]] = {}
    assumed_prevalence: float = Field(0.1, gt=0, lt=1)
    seed: int = Field(7, ge=0, lt=2**31)
    bootstrap_draws: int = Field(1000, ge=50)
    split: Split = Field(default_factory=lambda: Split.model_validate({}))
    size: Size = Field(default_factory=lambda: Size.model_validate({}))
    booster: Booster = Field(default_factory=lambda: Booster.model_validate({}))
    parts: dict[str, Part]
    views: Views = Field(default_factory=lambda: Views.model_validate({}))
    floors: Floors = Field(default_factory=lambda: Floors.model_validate({}))
    sets: Sets = Field(default_factory=lambda: Sets.model_validate({}))
    lone_mass: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Of a model of windows: weight of coordinated accounts whose campaign was removed from the window, taught as not "
        "coordinated, as a share of the weight of the coordinated ones.",
    )
    tune: Tune = Field(default_factory=lambda: Tune.model_validate({}))
    gates: list[Gate] = []
    bands: dict[str, Annotated[float, Field(ge=0, le=1)]] = {
        "low": 0.0, "elevated": 0.1, "high": 0.5, "very high": 0.9,
    }  # fmt: skip

    @model_validator(mode="after")
    def _bands_from_nothing_to_flagged(self) -> Config:
        if 0.0 not in self.bands.values() or "high" not in self.bands:
            raise ValueError(
                "bands: give one that begins at 0, and high, from which an account counts as flagged; seen: "
                + (", ".join(self.bands) or "none")
            )
        return self


def shipped(target: str) -> Config:
    """Return the configuration that made the shipped model of a target.

    >>> shipped("coordinated").size.leaves
    [8]
    """
    path = _shipped(target)
    return parse(_content(path), str(path))


def shipped_gates(target: str) -> list[Gate]:
    """Return the gates of the shipped model of a target; none for a target that vigie ships no model of."""
    return shipped(target).gates if _shipped(target).is_file() else []


def load(path: Path, target: str) -> Config:
    """Return the configuration in a TOML file: what it says, and the shipped configuration of its target for the rest.

    Args:
        path: The file.
        target: What is learnt; the file may say so too, and must not say otherwise.

    Raises:
        ConfigError: The file is missing, is not TOML, is for another target, or holds a key or value that is not allowed.
    """
    own = _content(path)
    if own.get("target", target) != target:
        raise ConfigError(f"{path} is for the target {own['target']}, not {target}")
    return parse(extended(_content(_shipped(target)), own), str(path))


def extended(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as a file extends another: tables key by key, other values replaced.

    What names data (``unlabelled``) is the file's own, and so are bands as a whole. A part that is ``false`` is left out.
    A gate on a figure, an end and a side replaces that of the base; others are added.

    >>> extended({"size": {"leaves": [2], "trees": [50]}}, {"size": {"trees": [60]}})
    {'size': {'leaves': [2], 'trees': [60]}}
    """
    merged = {key: value for key, value in base.items() if key not in _OWN or key not in own}
    merged.pop("unlabelled", None)
    for key, value in own.items():
        held = merged.get(key)
        if key == "gates" and isinstance(value, list) and isinstance(held, list):
            replaced = [_place(gate) for gate in value]
            merged[key] = [gate for gate in held if _place(gate) not in replaced] + value
        elif isinstance(value, Mapping) and isinstance(held, Mapping):
            merged[key] = extended(held, value)
        else:
            merged[key] = value
    if isinstance(parts := merged.get("parts"), Mapping):
        merged["parts"] = {name: part for name, part in parts.items() if part is not False}
    return merged


def _place(gate: object) -> object:
    """Return what a gate tests; of something that is no gate, itself."""
    if not isinstance(gate, Mapping):
        return gate
    return gate.get("figure"), gate.get("end", "value"), "at_least" in gate


def _shipped(target: str) -> Path:
    return Path(str(resources.files("vigie.training"))) / "configs" / f"{target}.toml"


def written(config: Config) -> str:
    """Return a whole configuration as TOML; values that are not set are left out.

    >>> written(shipped("coordinated")).splitlines()[:3]
    ['target = "coordinated"', 'name = "vigie-coordinated"', 'sources = []']
    """
    content = config.model_dump(exclude_none=True)
    gates = content.pop("gates")
    return (
        "\n".join(
            [*_toml(content, ""), *(line for gate in gates for line in ("", "[[gates]]", *_toml(gate, "")))]
        )
        + "\n"
    )


def _toml(table: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield the lines of a table: its values first, then the tables inside it."""
    for key, value in table.items():
        if not isinstance(value, dict):
            # JSON of a text, a number, a truth value or a list of them is TOML.
            yield f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in table.items():
        if isinstance(value, dict):
            inner = f"{name}.{_key(key)}" if name else _key(key)
            yield from ("", f"[{inner}]", *_toml(value, inner))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def load_gates(path: Path) -> list[Gate]:
    """Return the gates of a TOML file that holds ``[[gates]]``, alone or in a whole configuration; see :func:`load`."""
    return parse({"parts": {}} | _content(path), str(path)).gates


def _content(path: Path) -> dict[str, Any]:  # TOML of any shape, checked by parse
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"no configuration at {path}; vigie ships one: training/configs/inauthentic.toml"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def parse(content: Mapping[str, object], where: str = "the configuration") -> Config:
    """Return the configuration held in a dictionary; see :func:`load`."""
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{where}: " + "; ".join(_explain(fault) for fault in error.errors())) from error


def _explain(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    match fault["type"]:
        case "extra_forbidden":
            *parents, key = fault["loc"]
            return f"{place} is not a key. {choices(str(key), _section(parents).model_fields)}"
        case "literal_error":
            return (
                f"{place}: {choices(str(fault['input']), _allowed(fault))} (seen: {str(fault['input'])[:60]})"
            )
        case "value_error":
            return f"{place}: {fault['ctx']['error']}".removeprefix(": ")  # of the whole
        case _:
            return f"{place}: {fault['msg'].lower()} (seen: {str(fault['input'])[:60]})"


def _allowed(fault: Any) -> list[str]:
    """Return the values a literal allows, as pydantic lists them: ``'a', 'b' or 'c'``."""
    return re.findall(r"'([^']+)'", fault["ctx"]["expected"])


def _section(place: Sequence[int | str]) -> type[BaseModel]:
    """Return the section at a place of the configuration: numbers and names inside lists and tables are passed over."""
    model: type[BaseModel] = Config
    for part in place:
        if str(part) not in model.model_fields:
            continue
        annotation: Any = model.model_fields[str(part)].annotation
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model
