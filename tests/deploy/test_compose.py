"""The services of the compose file are bounded, hold no secret, and reach one another only as they must."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# What Docker gives a container that is not told otherwise, and these are told not to need.
_ROOTS = {"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE", "DAC_OVERRIDE", "ALL"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_bounded_and_hardened(name: str) -> None:
    service = SERVICES[name]
    assert {"cpus", "mem_limit", "pids_limit"} <= set(service)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not _ROOTS & set(service.get("cap_add", ()))
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_each_image_has_a_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.search(r":v?\d+\.\d+", image), image


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"keys", "pull"}))
def test_each_server_tells_whether_it_works(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_the_service_is_reached_by_its_proxy_alone() -> None:
    assert "ports" not in SERVICES["vigie"]
    assert set(SERVICES["vigie"]["networks"]) == {"service"}
    assert COMPOSE["networks"]["service"]["internal"] is COMPOSE["networks"]["registry"]["internal"] is True
    assert {name for name, one in SERVICES.items() if "service" in one.get("networks", ())} == {
        "vigie",
        "proxy",
    }
    proxy = SERVICES["proxy"]["networks"]["service"]["ipv4_address"]
    assert SERVICES["vigie"]["environment"]["VIGIE_TRUSTED_PROXIES"] == proxy


def test_what_is_published_besides_the_proxy_is_of_this_machine() -> None:
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published.pop("proxy") == ["443:443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_secret_is_in_the_file() -> None:
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    named = {name for one in SERVICES.values() for name in one.get("environment", ())}
    assert not {
        name for name in named if re.search("PASSWORD|SECRET|TOKEN", name) and not name.endswith("_FILE")
    }
    assert not re.search(r"://[^/\s]*:[^/\s]*@", TEXT)


def test_files_that_are_mounted_are_there_and_volumes_are_declared() -> None:
    mounts = [mount for one in SERVICES.values() for mount in one.get("volumes", ())]
    assert all((DEPLOY / mount["source"]).is_file() for mount in mounts if mount["type"] == "bind")
    assert {mount["source"] for mount in mounts if mount["type"] == "volume"} == set(COMPOSE["volumes"])


def test_the_service_has_more_time_to_end_than_it_takes() -> None:
    assert all(int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 10 for name in ("vigie", "proxy"))
