"""Allowances are used up and come back, nobody uses those of another, and processes count together."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from vigie.errors import RateLimitedError, RequestTooLargeError
from vigie.serving.access import rates as module
from vigie.serving.access.rates import Allowance, Rates, rate


@pytest.mark.parametrize(
    "written", ["", "often", "0/minute", "-1/minute", "10", "1/second; 5/minute", "1/never"]
)
def test_what_is_no_rate_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="such as 600/minute"):
        rate(written)


def test_what_is_used_up_is_refused_with_the_time_to_wait_and_comes_back() -> None:
    rates, allowance = Rates(), Allowance(rate("2/second"))
    for _ in range(2):
        rates.take("a", allowance, "requests")
    rates.take("b", allowance, "requests")
    with pytest.raises(RateLimitedError, match="2 requests in 1 second") as refused:
        rates.take("a", allowance, "requests")
    assert refused.value.retry_after_s == 1
    time.sleep(1.05)
    rates.take("a", allowance, "requests")


def test_counts_that_are_closed_leave_one_file_that_another_process_goes_on_with(tmp_path: Path) -> None:
    file, allowance = tmp_path / "allowances.sqlite", Allowance(rate("1/hour"))
    rates = Rates(file)
    rates.take("a", allowance, "requests")
    assert Path(f"{file}-wal").exists()
    rates.close()
    assert not Path(f"{file}-wal").exists(), "SQLite takes its log in when the last connection closes"
    again = Rates(file)
    with pytest.raises(RateLimitedError):
        again.take("a", allowance, "requests")
    again.close()


def test_a_refused_request_uses_up_nothing() -> None:
    rates, allowance = Rates(), Allowance(accounts=rate("10/hour"))
    rates.take("a", allowance, "accounts", 6)
    with pytest.raises(RateLimitedError):
        rates.take("a", allowance, "accounts", 5)
    rates.take("a", allowance, "accounts", 4)


def test_what_never_fits_is_not_told_to_come_back() -> None:
    with pytest.raises(
        RequestTooLargeError, match="holds 11 accounts, and this caller may ask 10 accounts in 1 hour"
    ):
        Rates().take("a", Allowance(accounts=rate("10/hour")), "accounts", 11)


def test_threads_together_take_no_more_than_there_is() -> None:
    rates, allowance = Rates(), Allowance(accounts=rate("100/hour"))
    refused = []

    def take() -> None:
        for _ in range(30):
            try:
                rates.take("a", allowance, "accounts")
            except RateLimitedError:
                refused.append(1)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 8 * 30 - 100


def test_headers_are_structured_fields_with_what_there_is_and_what_is_left() -> None:
    rates, allowance = Rates(), Allowance(rate("100/minute"), rate("5000/2hour"))
    assert rates.headers("a", allowance)["RateLimit"] == '"requests";r=100, "accounts";r=5000'
    rates.take("a", allowance, "requests")
    rates.take("a", allowance, "accounts", 40)
    said = rates.headers("a", allowance)
    assert said["RateLimit-Policy"] == (
        '"requests";q=100;w=60;qu="requests", "accounts";q=5000;w=7200;qu="accounts"'
    )
    left = re.fullmatch(r'"requests";r=99;t=(\d+), "accounts";r=4960;t=(\d+)', said["RateLimit"])
    assert left is not None
    assert 55 <= int(left[1]) <= 60
    assert 7190 <= int(left[2]) <= 7200


def test_who_is_not_limited_has_no_headers_and_is_never_refused() -> None:
    rates = Rates()
    for _ in range(5):
        rates.take("a", Allowance(), "requests", 10**9)
    assert rates.headers("a", Allowance()) == {}


_TAKES = """
import sys
from pathlib import Path
from vigie.errors import RateLimitedError
from vigie.serving.access.rates import Allowance, Rates, rate
rates, taken = Rates(Path(sys.argv[1])), 0
for _ in range(150):
    try:
        rates.take("a", Allowance(accounts=rate("200/hour")), "accounts")
        taken += 1
    except RateLimitedError:
        pass
print(taken)
"""


def test_processes_that_count_in_one_file_take_exactly_what_there_is(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _TAKES, str(tmp_path / "allowances.sqlite")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: S603
    taken = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(taken) == 200
    assert min(taken) >= 50


def test_counts_in_a_file_outlast_the_process_and_are_read_by_its_owner_alone(tmp_path: Path) -> None:
    file, allowance = tmp_path / "allowances.sqlite", Allowance(rate("3/hour"))
    Rates(file).take("a", allowance, "requests", 2)
    again = Rates(file)
    assert again.headers("a", allowance)["RateLimit"].startswith('"requests";r=1;t=')
    assert {each.stat().st_mode & 0o077 for each in tmp_path.iterdir()} == {0}


def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    file, allowance = tmp_path / "allowances.sqlite", Allowance(rate("3/hour"))
    file.write_bytes(b"no database" * 1000)
    with capture_logs() as logged:
        rates = Rates(file)
    assert [line["event"] for line in logged] == ["allowances begin anew"]
    rates.take("a", allowance, "requests")
    assert '"requests";r=2' in rates.headers("a", allowance)["RateLimit"]


def test_where_there_is_no_room_for_the_file_the_process_counts_for_itself(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with capture_logs() as logged:
        rates = Rates(tmp_path / "taken" / "allowances.sqlite")
    assert [line["event"] for line in logged] == ["allowances counted by one process alone"]
    rates.take("a", Allowance(rate("1/hour")), "requests")
    with pytest.raises(RateLimitedError):
        rates.take("a", Allowance(rate("1/hour")), "requests")


def test_where_it_cannot_be_counted_callers_are_let_in_and_the_log_says_so_once(tmp_path: Path) -> None:
    rates, allowance = Rates(tmp_path / "allowances.sqlite"), Allowance(rate("1/hour"))
    rates._counts.close()
    with capture_logs() as logged:
        for _ in range(3):
            rates.take("a", allowance, "requests")
        assert rates.headers("a", allowance)["RateLimit"] == '"requests";r=1'
    assert [line["event"] for line in logged] == ["allowances not counted"]


def test_a_clock_that_is_set_back_gives_nobody_a_longer_wait_than_a_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(module, "time", lambda: now)
    rates, allowance = Rates(), Allowance(rate("1/minute"))
    rates.take("a", allowance, "requests")
    now -= 86_400
    rates.take("a", allowance, "requests")
    with pytest.raises(RateLimitedError) as refused:
        rates.take("a", allowance, "requests")
    assert refused.value.retry_after_s == 60


def test_who_read_the_clock_first_and_comes_second_begins_no_new_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000_000.5
    monkeypatch.setattr(module, "time", lambda: now)
    rates, allowance = Rates(), Allowance(rate("1/minute"))
    rates.take("a", allowance, "requests")
    now -= 0.5
    with pytest.raises(RateLimitedError) as refused:
        rates.take("a", allowance, "requests")
    assert refused.value.retry_after_s == 60
    assert rates.headers("a", allowance)["RateLimit"] == '"requests";r=0;t=60'


def test_windows_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(module, "time", lambda: now)
    rates = Rates()
    for number in range(50):
        rates.take(f"anonymous:192.0.2.{number}", Allowance(rate("9/minute")), "requests")
    now += 121
    rates.take("a", Allowance(rate("9/minute")), "requests")
    assert rates._counts.execute("SELECT caller FROM windows").fetchall() == [("a",)]
