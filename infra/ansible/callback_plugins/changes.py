# ruff: noqa: INP001 - Ansible loads it by path
"""Tells the runner what a playbook changed: one JSON file, written at the end. What is printed stays as it is."""

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase  # type: ignore[import-untyped]  # Ansible has no types

DOCUMENTATION = """
name: changes
type: notification
short_description: Writes what changed and what failed to a file
description:
  - A JSON object with the number of changed tasks, their names, and the messages of those that failed.
requirements:
  - enabled by C(callbacks_enabled), and IDP_CHANGES_FILE in the environment
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # as above
    """Counts the tasks that changed something, or the objects where a task tells them, and notes messages of failures."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "changes"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._changed: list[str] = []
        self._failures: list[str] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        """Called for each task that went well."""
        if result.is_changed():
            self._changed.extend(result.result.get("changed_objects") or [result.task.get_name()])

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: FBT001, FBT002 - Ansible's signature
        """Called for each task that failed."""
        if not ignore_errors:
            self._failures.append(f"{result.task.get_name()}: {result.result.get('msg', 'no message')}")

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - as above
        """Called once, at the end."""
        path = os.environ.get("IDP_CHANGES_FILE")
        if not path:
            return
        report = {"changes": len(self._changed), "changed": self._changed, "failures": self._failures}
        Path(path).write_text(json.dumps(report), encoding="utf-8")
