"""What the connector is told: ``config.yml`` in the working folder, and the environment, which wins.

A variable is named by the section and the field: ``VIGIE_OPERATION``, ``OPENCTI_TOKEN``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from vigie.features.i18n import Language
from vigie.serving.stix.objects import Marking

MaxTlp = Literal[
    "TLP:CLEAR", "TLP:WHITE", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"
]  # as the platform names them


class OpenCTI(BaseModel):
    """Where the platform is. Its further options are those of pycti."""

    model_config = ConfigDict(extra="allow")

    url: HttpUrl
    token: SecretStr


class ConnectorOptions(BaseModel):
    """What the platform is told of the connector. Further options are those of pycti."""

    model_config = ConfigDict(extra="allow")

    id: str
    type: Literal["INTERNAL_ENRICHMENT"] = "INTERNAL_ENRICHMENT"
    name: str = "vigie"
    scope: str = "User-Account,Channel"
    auto: bool = False
    log_level: str = "error"


class VigieOptions(BaseModel):
    """Which operation is asked, and what may be said to it.

    Attributes:
        url: Address of the service.
        key: API key with the scope ``decide``.
        operation: Id of the operation.
        max_tlp: Nothing is sent of what is marked above it.
        tlp: Marking of what the connector adds.
        language: Of its sentences.
        timeout_s: Seconds in which an answer of the service must begin.
    """

    model_config = ConfigDict(extra="forbid")

    url: HttpUrl
    key: SecretStr | None = None
    operation: str
    max_tlp: MaxTlp = "TLP:AMBER"
    tlp: Marking = "amber"
    language: Language = "en"
    timeout_s: Annotated[float, Field(gt=0)] = 60


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        yaml_file="config.yml", env_nested_delimiter="_", env_nested_max_split=1, extra="ignore"
    )

    opencti: OpenCTI
    connector: ConnectorOptions
    vigie: VigieOptions

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then the file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)

    def for_helper(self) -> dict[str, Any]:
        """Return what pycti's helper reads."""
        told: dict[str, Any] = {
            "opencti": self.opencti.model_dump(mode="json"),
            "connector": self.connector.model_dump(mode="json"),
        }
        told["opencti"]["token"] = self.opencti.token.get_secret_value()
        return told
