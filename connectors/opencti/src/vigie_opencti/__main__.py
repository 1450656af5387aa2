"""``vigie-opencti``: register with the platform, and enrich what it asks for."""

from __future__ import annotations

from pycti import OpenCTIConnectorHelper

from vigie.client import Client, Retries
from vigie_opencti.connector import Connector
from vigie_opencti.settings import Settings


def main() -> None:
    """Run until stopped."""
    settings = Settings()  # type: ignore[call-arg]  # from the file and the environment
    helper = OpenCTIConnectorHelper(settings.for_helper(), playbook_compatible=True)
    asked = settings.vigie
    key = asked.key.get_secret_value() if asked.key else None
    # OpenCTI waits for each enrichment: better to say soon that vigie is away.
    with Client(str(asked.url), key, timeout_s=asked.timeout_s, retries=Retries(within_s=120)) as client:
        helper.listen(message_callback=Connector(asked, helper, client).process_message)


if __name__ == "__main__":
    main()
