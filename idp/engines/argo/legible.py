"""Workflows, pages and events as they come. In a list or a watch one that cannot be read is told of, and hides no other."""

from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError

from idp.engines.argo.objects import WATCH_EVENT, Changed, Json, Marked, Metadata, Refused, Workflow, WorkflowList
from idp.engines.protocol import EngineUnavailableError

_log = structlog.get_logger(__name__)

_LONGEST_REASON: Final = 1000


def workflow(body: bytes) -> Workflow:
    """One. Raises EngineUnavailableError where it cannot be read."""
    try:
        return Workflow.model_validate_json(body)
    except ValidationError as error:
        message = f"A Workflow cannot be read: {str(error)[:_LONGEST_REASON]}"
        raise EngineUnavailableError(message) from error


def page(body: bytes) -> WorkflowList:
    """Without those that cannot be read. Raises EngineUnavailableError for what is no list."""
    try:
        return WorkflowList.model_validate_json(body)
    except ValidationError:
        found = _object(body)
        items = tuple(item for item in map(_workflow, found["items"]) if item)
        return WorkflowList.model_construct(metadata=Metadata.model_validate(found["metadata"]), items=items)


def event(line: bytes) -> Changed | Marked | Refused:
    """One that cannot be read moves the watch on, as a bookmark does. Raises EngineUnavailableError for half a line."""
    try:
        return WATCH_EVENT.validate_json(line)
    except ValidationError as error:
        found = _object(line)["object"]
        _tell(found, error)
        return Marked.model_validate({"type": "BOOKMARK", "object": found})


def _object(text: bytes) -> Json:
    try:
        found: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"No JSON, where the Kubernetes API answers: {text[:100].decode(errors='replace')}"
        raise EngineUnavailableError(message) from error
    return found


def _workflow(item: Any) -> Workflow | None:
    try:
        return Workflow.model_validate(item)
    except ValidationError as error:
        _tell(item, error)
        return None


def _tell(item: Any, error: ValidationError) -> None:
    _log.error("workflow_not_understood", run=item["metadata"]["name"], reason=str(error)[:_LONGEST_REASON])
