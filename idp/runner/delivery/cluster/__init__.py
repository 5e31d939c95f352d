"""Applications on a cluster: the targets `kubernetes` and `azure` of the steps Registration, Build, Settings and Rollout.

    client       the cluster's API, over HTTP
    registry     the registry's
    entra        access tokens, by the pod's workload identity
    signing_in   how a step signs in to a registry
    records      what is known of an application: ConfigMaps, its Argo CD Applications, its images
    manifests    the objects that steps write, as values
    building     a commit, by a Job, into an image that is known by its digest
    tasks        the same by ACR Tasks, where the registry is Azure's
    rolling      a new revision: values of the chart, Argo CD's sync, the Rollout's analysis and switch; or back
    registering  an AppProject; undone with all that came of it

Steps write what they want and wait until the cluster made it so. Argo CD applies the chart `infra/charts/application`.
"""
