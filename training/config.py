"""The configuration of a training: one TOML per model, every key known, misspelt ones refused by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.errors import ConfigError, choices


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Size(_Section):
    """Model sizes tried; the smallest within one standard error of the best is taken."""

    leaves: list[Annotated[int, Field(ge=2, le=64)]] = [2, 4, 8]
    trees: list[Annotated[int, Field(ge=10, le=2000)]] = [50, 100, 200, 400, 800]


class Booster(_Section):
    """LightGBM parameters that do not change with size."""

    learning_rate: float = Field(0.05, gt=0, le=1)
    feature_fraction: float = Field(0.6, gt=0, le=1)
    bagging_fraction: float = Field(0.7, gt=0, le=1)
    min_data_in_leaf: int = Field(50, ge=1)
    lambda_l2: float = Field(5.0, ge=0)
    max_bin: int = Field(63, ge=15, le=255)


class Part(_Section):
    """One booster of the bundle."""

    exclude: list[str] = Field([], description="Features left out besides those the leak register names.")
    floor: float = Field(..., ge=0, le=1, description="Least share of the gain that must be known to speak.")
    weight: float = Field(1.0, gt=0, description="Weight of its log-odds in the sum.")


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


class Config(_Section):
    """Everything that decides a model besides the data.

    Attributes:
        target: What is learnt.
        name: Registered name of the model.
        sources: Names of the data sets to use; empty for all that have labels of the target.
        assumed_prevalence: Prevalence at which the headline probability is stated.
        seed: Seed of everything random.
    """

    target: str = "inauthentic"
    name: str = "vigie-inauthentic"
    sources: list[str] = []
    assumed_prevalence: float = Field(0.1, gt=0, lt=1)
    seed: int = 7
    bootstrap_draws: int = Field(1000, ge=50)
    size: Size = Field(default_factory=Size)
    booster: Booster = Field(default_factory=lambda: Booster.model_validate({}))
    parts: dict[str, Part]
    views: Views = Field(default_factory=lambda: Views.model_validate({}))
    floors: Floors = Field(default_factory=lambda: Floors.model_validate({}))
    lone_mass: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Of a model of pools: weight of coordinated accounts left alone in their pool, taught as not "
        "coordinated, as a share of the weight of the coordinated ones.",
    )
    bands: dict[str, float] = {"low": 0.0, "elevated": 0.1, "high": 0.5, "very high": 0.9}


def load(path: Path) -> Config:
    """Return the configuration in a TOML file.

    Raises:
        ConfigError: The file is missing, is not TOML, or holds a key or value that is not allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"no configuration at {path}; vigie ships one: training/configs/inauthentic.toml"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return parse(content, str(path))


def parse(content: dict[str, Any], where: str = "the configuration") -> Config:
    """Return the configuration held in a dictionary; see :func:`load`."""
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{where}: " + "; ".join(_explain(fault) for fault in error.errors())) from error


def _explain(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{place}: {fault['msg'].lower()} (seen: {str(fault['input'])[:60]})"
    *parents, key = fault["loc"]
    model: type[BaseModel] = Config
    for parent in parents:
        annotation = model.model_fields[str(parent)].annotation if str(parent) in model.model_fields else None
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else Part
    return f"{place} is not a key. {choices(str(key), model.model_fields)}"
