#!/usr/bin/python
# ruff: noqa: EXE001 - Ansible loads it by path
"""Makes Kubernetes objects as they are to be, or removes them."""

from ansible.module_utils.clusters import ERRORS, Cluster, words  # type: ignore[import-not-found]  # ../module_utils
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import (  # type: ignore[import-not-found]
    AnsibleK8SModule,
)

DOCUMENTATION = r"""
module: cluster_objects
short_description: Make Kubernetes objects as they are to be, or remove them
description:
  - An object's C(spec), C(data) and what else is given of it becomes as given, whole; of its metadata, what is given.
  - In check mode what would change is told from what is read. Other than M(kubernetes.core.k8s), which asks the server
    to try, this needs no right to write.
  - The cluster is found as by M(kubernetes.core.k8s).
options:
  objects:
    description: The objects, in the order in which they are made.
    type: list
    elements: dict
    required: true
  state:
    description: Whether they are to be there. Removing waits until they are gone.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A namespace
  cluster_objects:
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: env-payments-checkout
"""

RETURN = r"""
changed_objects:
  description: Kind and name of each object that was changed, or would be.
  type: list
  returned: always
"""


def main() -> None:
    """Ansible's entry."""
    module = AnsibleK8SModule(
        argument_spec={
            "objects": {"type": "list", "elements": "dict", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    try:
        cluster = Cluster(module)
        change = cluster.present if module.params["state"] == "present" else cluster.absent
        differences = [difference for each in module.params["objects"] if (difference := change(each))]
    except ERRORS as error:
        module.fail_json(msg=words(error))
    called = [difference["after_header"] for difference in differences]
    module.exit_json(changed=bool(differences), changed_objects=called, diff=differences)


if __name__ == "__main__":
    main()
