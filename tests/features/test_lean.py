"""What is hidden from one import is there again after it."""

from __future__ import annotations

import subprocess
import sys


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603  # the code is above


def test_scipy_comes_without_the_modules_of_numpy_that_nobody_uses() -> None:
    _run("import sys; from vigie.features.synchrony import chance; assert 'numpy.f2py' not in sys.modules")


def test_what_was_hidden_can_be_used_afterwards() -> None:
    _run(
        "from vigie.features.synchrony import chance; import numpy as np; np.testing.assert_equal(1, 1); np.f2py.main"
    )


def test_what_was_imported_before_stays_as_it_is() -> None:
    _run(
        "import numpy as np; given = np.testing\n"
        "from vigie.features.lean import alone\n"
        "with alone(): assert np.testing is given\n"
        "assert np.testing is given"
    )
