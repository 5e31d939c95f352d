import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from idp import fields, names
from idp.lifecycle.ids import ID_PATTERN, Ids, next_id, written


def test_an_id_is_legal_in_a_workflows_name() -> None:
    made = next_id()

    assert re.fullmatch(ID_PATTERN, made)
    assert written(made)
    assert re.fullmatch(fields.CAPABILITY_NAME, names.run("environments", made)[:30])


def test_the_time_comes_first() -> None:
    # 01ARZ3NDEK is 1469922850259 ms in the ULID specification's own example.
    assert Ids(clock=lambda: 1469922850259)().startswith("01arz3ndek".lower())


@given(st.lists(st.integers(min_value=0, max_value=2**47), min_size=2, max_size=50))
def test_each_is_greater_than_the_one_before_whatever_the_clock_does(times: list[int]) -> None:
    clock = iter(times)
    ids = Ids(clock=lambda: next(clock))

    made = [ids() for _ in times]

    assert all(earlier < later for earlier, later in pairwise(made))
    assert all(written(each) for each in made)


def test_what_is_no_id_is_known_at_once() -> None:
    good = next_id()

    assert not any(written(text) for text in ("", "nope", good.upper(), good + "a", good[:-1] + "u", "8" + good[1:]))
