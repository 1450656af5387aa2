# ruff: noqa: INP001 - run by make from its path
"""Look the locked versions up among known vulnerabilities: ``make audit``.

pip-audit ends alike where a vulnerability is found and where nobody could be asked, and calls packages that its source does
not know free of vulnerabilities. Here a finding fails, and what could not be looked up is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("run.txt")
_AUDIT = (
    "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--progress-spinner", "off",
    "--format", "json", "--vulnerability-service", "osv",
)  # fmt: skip


def main(options: list[str]) -> int:
    """Print what is known of the locked versions; return 1 where one is vulnerable.

    Args:
        options: More options of pip-audit, such as ``--osv-url``.
    """
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *_AUDIT, *options], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        why = done.stderr.strip().splitlines()[-1:] or [f"pip-audit ended with {done.returncode}"]
        print(f"not audited, the vulnerability service could not be asked: {why[0]}")  # noqa: T201
        return 0
    found = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    for package, fault in found:
        mend = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mend}")  # noqa: T201
    print(  # noqa: T201
        f"{len(packages) - len(unknown)} of {len(packages)} locked packages looked up, {len(found)} vulnerabilities"
        + (f"; not known there: {', '.join(unknown)}" if unknown else "")
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
