"""What was begun with the first of the tests that let it: how each went."""

from collections.abc import Mapping
from concurrent.futures import Future


def test_what_cannot_serve_is_given_up_and_nobody_notices(at_once: Mapping[str, "Future[None]"]) -> None:
    at_once["bad_versions"].result()


def test_a_pull_request_is_opened_pushed_to_and_closed_and_nothing_is_left(
    at_once: Mapping[str, "Future[None]"],
) -> None:
    at_once["pull_request"].result()
