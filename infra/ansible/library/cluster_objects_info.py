#!/usr/bin/python
# ruff: noqa: EXE001 - Ansible loads it by path
"""Reads Kubernetes objects by their names."""

from ansible.module_utils.clusters import ERRORS, Cluster, words  # type: ignore[import-not-found]  # ../module_utils
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import (  # type: ignore[import-not-found]
    AnsibleK8SModule,
)

DOCUMENTATION = r"""
module: cluster_objects_info
short_description: Read Kubernetes objects by their names
description:
  - Needs the right to get them, and not to list them. The cluster is found as by M(kubernetes.core.k8s_info).
options:
  objects:
    description: Kind, API version, name and namespace of each, in the form of an object.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Read the settings
  cluster_objects_info:
    objects:
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: application-settings
          namespace: env-payments-checkout
"""

RETURN = r"""
found:
  description: Those that are there, in the order of C(objects).
  type: list
  returned: always
"""


def main() -> None:
    """Ansible's entry."""
    module = AnsibleK8SModule(
        argument_spec={"objects": {"type": "list", "elements": "dict", "required": True}}, supports_check_mode=True
    )
    try:
        cluster = Cluster(module)
        found = [cluster.found(each) for each in module.params["objects"]]
    except ERRORS as error:
        module.fail_json(msg=words(error))
    module.exit_json(changed=False, found=[each for each in found if each])


if __name__ == "__main__":
    main()
