"""What runs inside a step's container: `python -m idp.runner <word> ...`.

The words (`command`) are carried out by `looking` and `changing`, which drive Terraform and Ansible and ask for the
permit. Values are prepared by pure modules: `assignment`, `variables`, `plans`, `summaries`, `digests`.
A user's value only ever goes into a file of values or an environment variable of a child.
"""
