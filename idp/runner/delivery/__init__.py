"""Applications on a bare machine: the target `sandbox` of the steps Registration, Build and Rollout.

    building     a commit, fetched by git, into an image folder that is known by its digest
    rolling      a new revision: a candidate, its analysis, the switch, or back
    previewing   what would change, for look and inspect
    node         `python -m idp.runner.delivery FOLDER`: serves what the files of `places` ask for, as long as its parent lives

Steps write what they want and wait until the node made it so, as one does with a cluster: no step owns a process that
outlives it. What stands in for the real thing: an image is a folder, a build reads the Dockerfile and runs none of it,
and what serves is `serving`, never the repository's own program: nobody's code runs on the platform's machine.
"""
