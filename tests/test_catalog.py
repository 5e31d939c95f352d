"""Over the catalogue: a new capability gets these for free."""

import pytest
from pydantic import BaseModel

from idp.capability import Capability
from idp.catalog import CATALOG

every_capability = pytest.mark.parametrize("capability", list(CATALOG), ids=lambda c: c.name)


@every_capability
def test_each_field_is_described(capability: Capability) -> None:
    undescribed = [name for name, info in capability.request.model_fields.items() if not info.description]

    assert undescribed == []


@every_capability
def test_there_is_an_example_that_can_be_sent(capability: Capability) -> None:
    assert capability.examples


@every_capability
def test_the_summary_is_one_sentence(capability: Capability) -> None:
    assert capability.summary.endswith(".")
    assert "\n" not in capability.summary


@every_capability
def test_the_request_says_what_its_fields_become(capability: Capability) -> None:
    assert issubclass(capability.request, BaseModel)
    assert capability.request.__doc__
