"""What was begun with the first of the tests that let it: how each went."""

from collections.abc import Mapping
from concurrent.futures import Future


def test_versions_that_cannot_serve_are_given_up_and_nobody_notices(at_once: Mapping[str, "Future[None]"]) -> None:
    at_once["unfit_versions"].result()


def test_settings_are_changed_and_taken_back_and_what_does_not_build_changes_nothing(
    at_once: Mapping[str, "Future[None]"],
) -> None:
    at_once["settings_and_what_does_not_build"].result()


def test_a_pull_request_is_opened_pushed_to_and_closed_and_nothing_is_left(
    at_once: Mapping[str, "Future[None]"],
) -> None:
    at_once["pull_request"].result()
