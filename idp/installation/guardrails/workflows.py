"""Which Workflows there may be: those that the Sensor makes of an event, as it makes them."""

from typing import Final

from idp import names
from idp.capability import ActionCapability, Capability, Catalog, PlacedActionRequest
from idp.fields import RESOURCE_NAME, TEAM_NAME
from idp.installation.guardrails.policies import COLLECTOR, CONTROLLER, Policy, Rule, listed, quoted

_LABELS: Final = (names.LABEL_CAPABILITY, names.LABEL_REQUEST, names.LABEL_TEAM, names.LABEL_VERB)
_OF_EVENTS: Final = tuple(f"events.argoproj.io/{name}" for name in ("sensor", "trigger", "action-timestamp"))
"""Labels that Argo Events puts on what a trigger creates."""
_ANNOTATIONS: Final = (names.ANNOTATION_REQUESTER, names.ANNOTATION_RESOURCE, names.ANNOTATION_TITLE)

_TOLD: Final = ("suspend", "shutdown")
"""Of a spec: what resuming and stopping change."""
_STORED: Final = ("storedTemplates", "storedWorkflowTemplateSpec")
"""Of a status: what was approved, and runs."""


def workflows_created(catalog: Catalog) -> Policy:
    """Each rule is about one part; where a part is missing, its rule is false."""
    verbs = ", ".join(f"{quoted(each.name)}: {listed(each.verbs)}" for each in catalog)
    owners = ", ".join(f"{quoted(each.name)}: {quoted(_owner(each))}" for each in catalog)
    return Policy(
        name="idp-workflows-created",
        why="A run begins with an event: only the Sensor creates Workflows, and only as the event says.",
        operations=("CREATE",),
        resources={"argoproj.io": ("workflows",)},
        variables={
            "verbs": f"{{{verbs}}}",
            "owners": f"{{{owners}}}",
            "template": "object.spec.?workflowTemplateRef.?name.orValue('')",
            "verb": "object.spec.?entrypoint.orValue('')",
            "parameters": "object.spec.?arguments.?parameters.orValue([])",
            "labels": "object.metadata.?labels.orValue({})",
            "annotations": "object.metadata.?annotations.orValue({})",
            "id": f"variables.labels[?{quoted(names.LABEL_REQUEST)}].orValue('')",
            "team": f"variables.labels[?{quoted(names.LABEL_TEAM)}].orValue('')",
            "place": "variables.owners[?variables.template].orValue('') + '.' + variables.team + '.'",
            "resource": f"variables.annotations[?{quoted(names.ANNOTATION_RESOURCE)}].orValue('')",
        },
        rules=(_SENDER, _SPEC, _TEMPLATE, _VERB, _ARGUMENTS, _NAME, _LABELLED, _RESOURCE, _ANNOTATED, _METADATA),
    )


def workflows_changed() -> Policy:
    """Argo Server acts with its caller's token: what resumes and stops a run comes from the API's account."""
    return Policy(
        name="idp-workflows-changed",
        why="A run does what it began with: the API may let it go on or stop it, and nobody may make it another.",
        operations=("UPDATE",),
        resources={"argoproj.io": ("workflows",)},
        variables={
            "controller": f"request.userInfo.username == {CONTROLLER}",
            "api": f"request.userInfo.username == {quoted(names.account(names.NAMESPACE_API, names.API_ACCOUNT))}",
            "collector": f"request.userInfo.username == {quoted(COLLECTOR)}",
        },
        rules=(_CHANGER, _SPEC_KEPT, _STORED_KEPT, *_words_kept()),
    )


def _owner(capability: Capability) -> str:
    """The capability whose resource a run is about, or the name of its placements."""
    if not isinstance(capability, ActionCapability):
        return capability.name
    return (
        names.placed(capability.acts_on) if issubclass(capability.request, PlacedActionRequest) else capability.acts_on
    )


_SENDER: Final = Rule(
    f"request.userInfo.username == {quoted(names.account(names.NAMESPACE_EVENTS, names.SENSOR_ACCOUNT))}",
    "Workflows here are created by idp's Sensor alone: ask the API.",
)
_SPEC: Final = Rule(
    f"!has(object.status) && dyn(object.spec).all(key, key in {listed(('workflowTemplateRef', 'entrypoint', 'arguments'))})",
    "A Workflow here has workflowTemplateRef, entrypoint and arguments, and nothing else: all else is its template's.",
)
_TEMPLATE: Final = Rule(
    "variables.template in variables.verbs && dyn(object.spec.workflowTemplateRef).all(key, key == 'name')",
    "workflowTemplateRef must name a capability's template in this namespace.",
)
_VERB: Final = Rule(
    "variables.verb in variables.verbs[?variables.template].orValue([])",
    "entrypoint must be a verb of the capability.",
)
_ARGUMENTS: Final = Rule(
    "dyn(object.spec.?arguments.orValue({})).all(key, key == 'parameters')"
    f" && variables.parameters.map(each, each.name) == {listed(names.PARAMETERS)}"
    " && variables.parameters.all(each, has(each.value) && dyn(each).all(key, key in ['name', 'value']))"
    " && variables.parameters[2].value in ['none', 'required']",
    f"arguments must be the parameters {', '.join(names.PARAMETERS)}, in this order and with values;"
    " approval is none or required.",
)
_NAME: Final = Rule(
    f"variables.id.matches({quoted(names.REQUEST_ID)}) && object.metadata.name == variables.template + '-' + variables.id",
    f"metadata.name must be <capability>-<id>, and label {names.LABEL_REQUEST} the id of a request.",
)
_LABELLED: Final = Rule(
    f"variables.labels[?{quoted(names.LABEL_CAPABILITY)}].orValue('') == variables.template"
    f" && variables.labels[?{quoted(names.LABEL_VERB)}].orValue('') == variables.verb"
    f" && variables.team.matches({quoted(TEAM_NAME)})"
    f" && variables.labels.all(key, key in {listed((*_LABELS, *_OF_EVENTS))})",
    f"metadata.labels must be {', '.join(_LABELS)}, and say the same as the spec.",
)
_RESOURCE: Final = Rule(
    "variables.parameters.exists(each, each.name == 'resource' && each.?value.orValue('') == variables.resource)"
    " && variables.resource.startsWith(variables.place)"
    " && variables.resource.substring(size(variables.place)).split('.').all(part,"
    f" part.matches({quoted(RESOURCE_NAME)}))"
    " && variables.resource.substring(size(variables.place)).split('.').size()"
    f" == (variables.owners[?variables.template].orValue('').endsWith({quoted(names.placed(''))}) ? 2 : 1)",
    f"Annotation {names.ANNOTATION_RESOURCE} must be the parameter resource: <capability>.<team>.<name>, of the team in the labels.",
)
_ANNOTATED: Final = Rule(
    f"variables.annotations[?{quoted(names.ANNOTATION_TITLE)}].orValue('') == variables.resource"
    f" && {quoted(names.ANNOTATION_REQUESTER)} in variables.annotations"
    f" && variables.annotations.all(key, key in {listed(_ANNOTATIONS)})",
    f"metadata.annotations must be {', '.join(_ANNOTATIONS)}; the title is the resource.",
)
_METADATA: Final = Rule(
    "!has(object.metadata.finalizers) && !has(object.metadata.ownerReferences) && !has(object.metadata.generateName)",
    "A Workflow here has no finalizers, no owner and no generated name.",
)

_CHANGER: Final = Rule(
    "variables.controller || variables.api || variables.collector",
    "Workflows here are changed by Argo's controller, and resumed or stopped by the API: ask the API.",
)
_SPEC_KEPT: Final = Rule(
    "variables.controller"
    f" || (dyn(object.spec).all(key, key in {listed(_TOLD)} || dyn(oldObject.spec)[?key] == optional.of(dyn(object.spec)[key]))"
    f" && dyn(oldObject.spec).all(key, key in {listed(_TOLD)} || key in dyn(object.spec)))",
    f"Of a Workflow's spec only {' and '.join(_TOLD)} may change.",
)
_STORED_KEPT: Final = Rule(
    f"variables.controller || {listed(_STORED)}.all(key,"
    " dyn(object.?status.orValue({}))[?key] == dyn(oldObject.?status.orValue({}))[?key])",
    "What a Workflow runs was stored when it began, and stays.",
)


def _words_kept() -> tuple[Rule, ...]:
    """What says whose run it is stays for good, whoever changes it."""
    kinds = {"labels": _LABELS, "annotations": _ANNOTATIONS}
    return tuple(
        Rule(
            f"{listed(keys)}.all(key, object.metadata.?{kind}[?key] == oldObject.metadata.?{kind}[?key])",
            f"The {kind} {', '.join(keys)} of a Workflow stay as they are.",
        )
        for kind, keys in kinds.items()
    )
