"""What the admission policies must say of a request: tables written by hand, for a real CEL here and for a real cluster.

A case is one request that differs in one thing from what is right, and the rules that must refuse it, in their order.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Object = dict[str, Any]
Change = Callable[[Object], object]

SENSOR: Final = "system:serviceaccount:idp-events:sensor"
API: Final = "system:serviceaccount:idp:api"
CONTROLLER: Final = "system:serviceaccount:argo:argo"
COLLECTOR: Final = "system:serviceaccount:kube-system:generic-garbage-collector"
EMPTYING: Final = "system:serviceaccount:kube-system:namespace-controller"
STEP: Final = "system:serviceaccount:idp-runs:apply"
ARGO_CD: Final = "system:serviceaccount:argocd:argocd-application-controller"
ADMIN: Final = "admin"

GROUPS: Final = {ADMIN: ["system:masters", "system:authenticated"], "kind": ["kubeadm:cluster-admins"]}
"""Of users that are in any; a ServiceAccount's own groups are in no policy."""

ID: Final = "01jd3e5m8q2r7s9t4v6w8x0y1z"


def workflow() -> Object:
    """What the Sensor creates of an event."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": f"environments-{ID}",
            "namespace": "idp-runs",
            "labels": {
                "idp.io/capability": "environments",
                "idp.io/request": ID,
                "idp.io/team": "payments",
                "idp.io/verb": "provision",
                "events.argoproj.io/sensor": "idp",
                "events.argoproj.io/trigger": "environments",
                "events.argoproj.io/action-timestamp": "1795717167216",
            },
            "annotations": {
                "idp.io/requester": "ada@example.com",
                "idp.io/resource": "environments.payments.checkout",
                "workflows.argoproj.io/title": "environments.payments.checkout",
            },
        },
        "spec": {
            "workflowTemplateRef": {"name": "environments"},
            "entrypoint": "provision",
            "arguments": {
                "parameters": [
                    {"name": "request", "value": '{"team":"payments"}'},
                    {"name": "resource", "value": "environments.payments.checkout"},
                    {"name": "approval", "value": "none"},
                ]
            },
        },
    }


@dataclass(frozen=True)
class Case:
    """`refusing` is empty where the request is admitted."""

    title: str
    user: str
    refusing: tuple[str, ...] = ()
    operation: str = "CREATE"
    resource: str = "argoproj.io/workflows"
    """Group/plural[/subresource]."""
    object: Object | None = None
    old: Object | None = None
    name: str = "any"
    namespace: str = "idp-runs"
    illegal: bool = False
    """No API server takes such a name or label: it is refused before any policy is asked."""
    deployers: str | None = None
    """Where the installation has others."""

    def __str__(self) -> str:
        return self.title


def put(path: str, value: Any = True) -> Change:  # noqa: FBT002 - any value
    """Set what is at `path`: keys and indices with `|` between them."""
    *before, last = path.split("|")

    def change(thing: Object) -> None:
        found: Any = thing
        for part in before:
            found = found[int(part)] if isinstance(found, list) else found.setdefault(part, {})
        if isinstance(found, list):
            found[int(last)] = value
        else:
            found[last] = value

    return change


def drop(path: str) -> Change:
    """Take away what is at `path`."""
    *before, last = path.split("|")

    def change(thing: Object) -> None:
        found: Any = thing
        for part in before:
            found = found[int(part)] if isinstance(found, list) else found[part]
        del found[int(last) if isinstance(found, list) else last]

    return change


def _created(
    title: str, refusing: tuple[str, ...], *changes: Change, user: str = SENSOR, illegal: bool = False
) -> Case:
    thing = workflow()
    for change in changes:
        change(thing)
    return Case(title, user, refusing, object=thing, illegal=illegal)


def _as(capability: str, verb: str, resource: str) -> list[Change]:
    """The same of another capability."""
    return [
        put("metadata|name", f"{capability}-{ID}"),
        put("metadata|labels|idp.io/capability", capability),
        put("metadata|labels|idp.io/verb", verb),
        put("metadata|annotations|idp.io/resource", resource),
        put("metadata|annotations|workflows.argoproj.io/title", resource),
        put("spec|workflowTemplateRef|name", capability),
        put("spec|entrypoint", verb),
        put("spec|arguments|parameters|1|value", resource),
    ]


def _resource(value: str) -> list[Change]:
    return [
        put("metadata|annotations|idp.io/resource", value),
        put("metadata|annotations|workflows.argoproj.io/title", value),
        put("spec|arguments|parameters|1|value", value),
    ]


def _id(value: str) -> list[Change]:
    return [put("metadata|name", f"environments-{value}"), put("metadata|labels|idp.io/request", value)]


def _verb(value: str) -> list[Change]:
    return [put("spec|entrypoint", value), put("metadata|labels|idp.io/verb", value)]


def _team(value: str) -> list[Change]:
    return [put("metadata|labels|idp.io/team", value), *_resource(f"environments.{value}.checkout")]


CREATED_RULES: Final = (
    *("sender", "spec", "template", "verb", "arguments"),
    *("name", "labels", "resource", "annotations", "metadata"),
)
_P = "spec|arguments|parameters"
CREATED: Final = [
    _created("what the Sensor makes", ()),
    _created("a removal", (), *_verb("deprovision")),
    _created("an inspection", (), *_verb("inspect")),
    _created("one to be approved", (), put(f"{_P}|2|value", "required")),
    *(
        _created(f"{verb} of {capability}", (), *_as(capability, verb, f"{capability}.payments.invoices"))
        for capability in ("storage", "vaults", "machines", "postgresql", "mssql", "redis")
        for verb in ("provision", "deprovision", "inspect")
    ),
    _created("an action", (), *_as("configurations", "perform", "environments.payments.checkout")),
    *(_created(f"{verb} of an application", (), *_as("applications", verb, "applications.payments.shop")) for verb in ("provision", "deprovision", "inspect")),
    *(_created(f"an action of {name} on a placement", (), *_as(name, "perform", "applications.placed.payments.shop.checkout")) for name in ("deployments", "settings")),
    _created("the shortest names", (), *_team("ab"), *_resource("environments.ab.c")),
    _created("without what Argo Events adds", (), *(drop(f"metadata|labels|events.argoproj.io/{name}") for name in ("sensor", "trigger", "action-timestamp"))),
    # Who.
    _created("by an administrator", ("sender",), user=ADMIN),
    _created("by the API", ("sender",), user=API),
    _created("by Argo's controller, of a CronWorkflow", ("sender",), user=CONTROLLER),
    _created("by a step", ("sender",), user=STEP),
    _created("by a Sensor of another namespace", ("sender",), user="system:serviceaccount:idp-runs:sensor"),
    # With what.
    _created("with templates of its own", ("spec",), put("spec|templates", [{"name": "provision", "suspend": {}}])),
    _created("with another account", ("spec",), put("spec|serviceAccountName", "apply")),
    _created("with a patch of its pods", ("spec",), put("spec|podSpecPatch", "{}")),
    _created("with hooks", ("spec",), put("spec|hooks", {"exit": {"template": "gate"}})),
    _created("with an exit handler", ("spec",), put("spec|onExit", "gate")),
    _created("with volumes", ("spec",), put("spec|volumes", [{"name": "work", "emptyDir": {}}])),
    _created("with a lifetime", ("spec",), put("spec|ttlStrategy", {"secondsAfterCompletion": 1})),
    _created("with a priority", ("spec",), put("spec|priority", 1)),
    _created("suspended", ("spec",), put("spec|suspend")),
    _created("shut down", ("spec",), put("spec|shutdown", "Stop")),
    _created("with a status", ("spec",), put("status", {"phase": "Succeeded"})),
    # Of which template.
    _created("of no template", ("template", "verb", "name", "labels", "resource"), drop("spec|workflowTemplateRef")),
    _created("of an unknown template", ("template", "verb", "resource"), *_as("evil", "provision", "environments.payments.checkout")),
    _created("of the cluster's template", ("template",), put("spec|workflowTemplateRef|clusterScope")),
    # To do what.
    _created("to do nothing", ("verb", "labels"), drop("spec|entrypoint")),
    _created("to do what an action does", ("verb",), *_verb("perform")),
    _created("to do a step alone", ("verb",), *_verb("terraform-apply")),
    _created("an action to provision", ("verb",), *_as("configurations", "provision", "environments.payments.checkout")),
    # With which arguments.
    _created("without arguments", ("arguments", "resource"), drop("spec|arguments")),
    _created("without parameters", ("arguments", "resource"), drop(_P)),
    _created("with an artifact", ("arguments",), put("spec|arguments|artifacts", [{"name": "plan", "raw": {"data": "x"}}])),
    _created("without the request", ("arguments",), drop(f"{_P}|0")),
    _created("without an approval", ("arguments",), drop(f"{_P}|2")),
    _created("with a parameter more", ("arguments",), lambda it: it["spec"]["arguments"]["parameters"].append({"name": "more", "value": "x"})),
    _created("in another order", ("arguments",), lambda it: it["spec"]["arguments"]["parameters"].reverse()),
    _created("with another approval", ("arguments",), put(f"{_P}|2|value", "given")),
    _created("with a value from elsewhere", ("arguments",), put(f"{_P}|0|valueFrom", {"configMapKeyRef": {"name": "x", "key": "y"}})),
    _created("with a default in place of the request", ("arguments",), put(f"{_P}|0", {"name": "request", "default": "{}"})),
    _created("with a default in place of the resource", ("arguments", "resource"), put(f"{_P}|1", {"name": "resource", "default": "environments.payments.checkout"})),
    # Under which name.
    _created("of another name", ("name",), put("metadata|name", "other")),
    _created("of another request's name", ("name",), put("metadata|name", "environments-01jd3e5m8q2r7s9t4v6w8x0y10")),
    _created("of another capability's name", ("name",), put("metadata|name", f"storage-{ID}")),
    _created("without the request's id", ("name",), drop("metadata|labels|idp.io/request")),
    _created("of no id", ("name",), *_id("1")),
    _created("of an id in capitals", ("name",), *_id(ID.upper()), illegal=True),
    _created("of an id that is too long", ("name",), *_id(f"{ID}0")),
    _created("of an id with letters that no id has", ("name",), *_id(f"{ID[:-1]}l")),
    _created("of an id that begins otherwise", ("name",), *_id(f"_{ID[1:]}"), illegal=True),
    _created("of an id with a sign", ("name",), *_id(f"{ID[:-1]}_"), illegal=True),
    _created("of an id after the end of time", ("name",), *_id(f"8{ID[1:]}")),
    # With which labels.
    _created("labelled as another capability's", ("labels",), put("metadata|labels|idp.io/capability", "storage")),
    _created("without its capability", ("labels",), drop("metadata|labels|idp.io/capability")),
    _created("labelled with another verb", ("labels",), put("metadata|labels|idp.io/verb", "inspect")),
    _created("without a verb", ("labels",), drop("metadata|labels|idp.io/verb")),
    _created("without a team", ("labels", "resource"), drop("metadata|labels|idp.io/team")),
    _created("of a team that cannot be", ("labels",), *_team("pay-ments")),
    _created("of a team that is too short", ("labels",), *_team("a")),
    _created("of a team that is too long", ("labels",), *_team("a" * 21)),
    _created("of a team that begins otherwise", ("labels",), *_team("_payments"), illegal=True),
    _created("of a team with a sign", ("labels",), *_team("pay_ments")),
    _created("labelled as done", ("labels",), put("metadata|labels|workflows.argoproj.io/completed", "true")),
    _created("for another controller", ("labels",), put("metadata|labels|workflows.argoproj.io/controller-instanceid", "x")),
    _created("without labels", ("name", "labels", "resource"), drop("metadata|labels")),
    # About which resource.
    _created("about another resource than it says", ("resource",), put(f"{_P}|1|value", "environments.payments.other")),
    _created("about another team's resource", ("resource",), *_resource("environments.shipping.checkout")),
    _created("about another capability's resource", ("resource",), *_resource("storage.payments.checkout")),
    _created("an action on itself", ("resource",), *_as("configurations", "perform", "configurations.payments.checkout")),
    _created("a deployment of an application in no environment", ("resource",), *_as("deployments", "perform", "applications.placed.payments.shop")),
    _created("a deployment that locks the application", ("resource",), *_as("deployments", "perform", "applications.payments.shop")),
    _created("a deployment in more than an environment", ("resource",), *_as("deployments", "perform", "applications.placed.payments.shop.checkout.x")),
    _created("a deployment in an environment that cannot be", ("resource",), *_as("deployments", "perform", "applications.placed.payments.shop.check_out")),
    _created("about no resource", ("resource",), *_resource("environments")),
    _created("about more than a resource", ("resource",), *_resource("environments.payments.checkout.x")),
    _created("about a name that cannot be", ("resource",), *_resource("environments.payments.Checkout")),
    _created("about a name that begins otherwise", ("resource",), *_resource("environments.payments._checkout")),
    _created("about a name with a sign", ("resource",), *_resource("environments.payments.check_out")),
    _created("about a name that ends otherwise", ("resource",), *_resource("environments.payments.checkout_")),
    _created("about a name that ends with a hyphen", ("resource",), *_resource("environments.payments.checkout-")),
    _created("about a name that is too long", ("resource",), *_resource(f"environments.payments.{'a' * 31}")),
    _created("about something before a resource", ("resource",), *_resource("x environments.payments.checkout")),
    # With which annotations.
    _created("titled otherwise", ("annotations",), put("metadata|annotations|workflows.argoproj.io/title", "x")),
    _created("without a title", ("annotations",), drop("metadata|annotations|workflows.argoproj.io/title")),
    _created("without a requester", ("annotations",), drop("metadata|annotations|idp.io/requester")),
    _created("described", ("annotations",), put("metadata|annotations|workflows.argoproj.io/description", "x")),
    _created("without annotations", ("resource", "annotations"), drop("metadata|annotations")),
    # And else.
    _created("with a finalizer", ("metadata",), put("metadata|finalizers", ["example.com/x"])),
    _created("with an owner", ("metadata",), put("metadata|ownerReferences", [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1"}])),
    _created("with a generated name beside its own", ("metadata",), put("metadata|generateName", "environments-")),
]  # fmt: skip


def running() -> Object:
    """The same, some time later."""
    thing = workflow()
    thing["metadata"]["labels"]["workflows.argoproj.io/phase"] = "Running"
    thing["status"] = {
        "phase": "Running",
        "nodes": {"gate": {"id": "gate", "name": "gate", "type": "Suspend", "phase": "Running"}},
        "storedWorkflowTemplateSpec": {"entrypoint": "provision"},
        "storedTemplates": {"namespaced/environments/gate": {"name": "gate", "suspend": {}}},
    }
    return thing


def _changed(
    title: str, user: str, refusing: tuple[str, ...], *changes: Change, before: tuple[Change, ...] = ()
) -> Case:
    old = running()
    for change in before:
        change(old)
    new = copy.deepcopy(old)
    for change in changes:
        change(new)
    return Case(title, user, refusing, operation="UPDATE", object=new, old=old)


CHANGED_RULES: Final = ("changer", "spec", "stored", "labels", "annotations")
_DONE = put("status|nodes|next", {"id": "next", "name": "next", "type": "Pod", "phase": "Succeeded"})
CHANGED: Final = [
    _changed("a node ends", CONTROLLER, (), _DONE),
    _changed("the template is stored", CONTROLLER, (), put("status|storedWorkflowTemplateSpec", {"entrypoint": "x"})),
    _changed("Argo's controller writes a spec", CONTROLLER, (), put("spec|suspend"), put("spec|priority", 1)),
    _changed("Argo labels it", CONTROLLER, (), put("metadata|labels|workflows.argoproj.io/completed", "true")),
    _changed("the gate is resumed", API, (), _DONE, put("metadata|labels|workflows.argoproj.io/actor", "x")),
    _changed("it is suspended", API, (), put("spec|suspend")),
    _changed("it is resumed", API, (), drop("spec|suspend"), before=(put("spec|suspend"),)),
    _changed("it is stopped", API, (), put("spec|shutdown", "Stop")),
    _changed("it is stopped no longer", API, (), drop("spec|shutdown"), before=(put("spec|shutdown", "Stop"),)),
    _changed("a finalizer is taken away", COLLECTOR, (), drop("metadata|finalizers"), before=(put("metadata|finalizers", ["foregroundDeletion"]),)),
    # Who.
    _changed("an administrator resumes it", ADMIN, ("changer",), _DONE),
    _changed("an administrator stops it", ADMIN, ("changer",), put("spec|shutdown", "Stop")),
    _changed("an administrator labels it", ADMIN, ("changer",), put("metadata|labels|x", "y")),
    _changed("the Sensor changes it", SENSOR, ("changer",), put("metadata|labels|x", "y")),
    _changed("a step changes it", STEP, ("changer",), _DONE),
    # The spec.
    _changed("the API changes the verb", API, ("spec",), put("spec|entrypoint", "inspect")),
    _changed("the API changes the request", API, ("spec",), put(f"{_P}|0|value", "{}")),
    _changed("the API changes the template", API, ("spec",), put("spec|workflowTemplateRef|name", "storage")),
    _changed("the API adds to the spec", API, ("spec",), put("spec|priority", 1)),
    _changed("the API takes from the spec", API, ("spec",), drop("spec|arguments")),
    _changed("the collector changes the verb", COLLECTOR, ("spec",), put("spec|entrypoint", "inspect")),
    # What is stored.
    _changed("the API changes what runs", API, ("stored",), put("status|storedWorkflowTemplateSpec|entrypoint", "x")),
    _changed("the API changes a stored template", API, ("stored",), put("status|storedTemplates|namespaced/environments/gate|name", "x")),
    _changed("the API takes away what is stored", API, ("stored",), drop("status|storedTemplates")),
    _changed("the API stores a template", API, ("stored",), put("status|storedTemplates", {"a": {"name": "x"}}), before=(drop("status|storedTemplates"),)),
    _changed("the API takes the status away", API, ("stored",), drop("status")),
    # Whose it is.
    *(
        _changed(f"{user} changes {label}", user, ("labels",), put(f"metadata|labels|idp.io/{label}", "x"))
        for user in (API, CONTROLLER)
        for label in ("capability", "request", "team", "verb")
    ),
    _changed("the team is taken away", API, ("labels",), drop("metadata|labels|idp.io/team")),
    _changed("all labels are taken away", API, ("labels",), drop("metadata|labels")),
    *(
        _changed(f"{user} changes {name}", user, ("annotations",), put(f"metadata|annotations|{name}", "x"))
        for user in (API, CONTROLLER)
        for name in ("idp.io/requester", "idp.io/resource", "workflows.argoproj.io/title")
    ),
    _changed("the requester is taken away", API, ("annotations",), drop("metadata|annotations|idp.io/requester")),
]  # fmt: skip

TEMPLATES_RULES: Final = ("deployer",)
_TEMPLATE = "argoproj.io/workflowtemplates"
TEMPLATES: Final = [
    *(Case(f"an administrator does {each}", ADMIN, operation=each, resource=_TEMPLATE) for each in ("CREATE", "UPDATE", "DELETE")),
    Case("an administrator of kind", "kind", operation="UPDATE", resource=_TEMPLATE),
    Case("who deploys there", ARGO_CD, operation="UPDATE", resource=_TEMPLATE, deployers=f"ops {ARGO_CD}"),
    Case("an administrator of another who deploys", ADMIN, ("deployer",), operation="UPDATE", resource=_TEMPLATE, deployers=ARGO_CD),
    Case("a namespace is deleted", EMPTYING, operation="DELETE", resource=_TEMPLATE),
    *(
        Case(f"{user} does {each}", user, ("deployer",), operation=each, resource=_TEMPLATE)
        for user in (API, SENSOR, CONTROLLER, STEP, "ada")
        for each in ("CREATE", "UPDATE", "DELETE")
    ),
    Case("emptying a namespace creates nothing", EMPTYING, ("deployer",), resource=_TEMPLATE),
    Case("another controller deletes", COLLECTOR, ("deployer",), operation="DELETE", resource=_TEMPLATE),
    *(
        Case(f"the API changes {name}", API, ("deployer",), operation="UPDATE", resource="/configmaps", name=name)
        for name in ("runner", "guardrails", "artifact-repositories")
    ),
    Case("a deployer changes what steps are told", ADMIN, operation="UPDATE", resource="/configmaps", name="runner"),
    Case("anyone who may changes another ConfigMap", API, operation="UPDATE", resource="/configmaps", name="kube-root-ca.crt"),
]  # fmt: skip

PODS_RULES: Final = ("controller",)
PODS: Final = [
    Case("Argo makes a pod", CONTROLLER, resource="/pods"),
    Case("Argo changes a pod", CONTROLLER, operation="UPDATE", resource="/pods"),
    Case("Argo stops a container", CONTROLLER, operation="CONNECT", resource="/pods/exec"),
    Case("a finalizer is taken away", COLLECTOR, operation="UPDATE", resource="/pods"),
    Case("the kubelet says how it is", "system:node:one", operation="UPDATE", resource="/pods/status"),
    *(
        Case(f"{user} does {operation} {resource}", user, ("controller",), operation=operation, resource=resource)
        for user in (ADMIN, API, SENSOR, STEP)
        for operation, resource in (
            ("CREATE", "/pods"),
            ("UPDATE", "/pods"),
            ("UPDATE", "/pods/ephemeralcontainers"),
            ("CONNECT", "/pods/exec"),
            ("CONNECT", "/pods/attach"),
        )
    ),
    Case("the collector makes a pod", COLLECTOR, ("controller",), resource="/pods"),
    Case("the collector goes into a pod", COLLECTOR, ("controller",), operation="CONNECT", resource="/pods/exec"),
]

CONFIGURE: Final = "system:serviceaccount:idp-runs:configure"
LOOK: Final = "system:serviceaccount:idp-runs:look"
_RBAC = "rbac.authorization.k8s.io"
ENVIRONMENTS_RULES: Final = ("environment",)
ENVIRONMENTS: Final = [
    *(
        Case(f"a playbook does {each} of an environment's namespace", CONFIGURE, operation=each, resource="/namespaces", name="env-payments-checkout")
        for each in ("CREATE", "UPDATE", "DELETE")
    ),
    Case("a playbook sets a quota in an environment", CONFIGURE, resource="/resourcequotas", namespace="env-payments-checkout"),
    Case("a playbook binds a team in an environment", CONFIGURE, resource=f"{_RBAC}/rolebindings", namespace="env-payments-checkout"),
    Case("a playbook brings a secret to an environment", CONFIGURE, resource="external-secrets.io/externalsecrets", namespace="env-payments-checkout"),
    Case("a playbook brings a secret to idp", CONFIGURE, ("environment",), resource="external-secrets.io/externalsecrets", namespace="idp"),
    *(
        Case(f"a playbook does {each} of another namespace", CONFIGURE, ("environment",), operation=each, resource="/namespaces", name="kube-system")
        for each in ("CREATE", "UPDATE", "DELETE")
    ),
    Case("a namespace that only looks like one", CONFIGURE, ("environment",), resource="/namespaces", name="myenv-payments-checkout"),
    Case("a namespace whose name is made by the server", CONFIGURE, ("environment",), resource="/namespaces", name="", namespace="env-x"),
    Case("an object named like an environment", CONFIGURE, ("environment",), resource="/configmaps", name="env-a", namespace="default"),
    Case("a binding in kube-system", CONFIGURE, ("environment",), resource=f"{_RBAC}/rolebindings", namespace="kube-system"),
    Case("a binding in all namespaces", CONFIGURE, ("environment",), resource=f"{_RBAC}/clusterrolebindings", namespace=""),
    *(
        Case(f"a step of applications writes {resource} in {namespace}", CONFIGURE, resource=resource, namespace=namespace)
        for namespace, resource in (
            ("argocd", "argoproj.io/applications"),
            ("argocd", "argoproj.io/appprojects"),
            ("idp-builds", "batch/jobs"),
            ("idp-state", "/configmaps"),
        )
    ),
    Case("a step of applications makes a pod of builds", CONFIGURE, ("environment",), resource="/pods", namespace="idp-builds"),
    Case("a step of applications writes a state", CONFIGURE, ("environment",), resource="/secrets", namespace="idp-state"),
    Case("a step of applications writes a Secret of Argo CD", CONFIGURE, ("environment",), resource="/secrets", namespace="argocd"),
    Case("who administers the cluster", ADMIN, operation="DELETE", resource="/namespaces", name="kube-system"),
    Case("another step's account is its RBAC's to limit", STEP, resource="/secrets", namespace="idp-state"),
    Case("the controller that empties a namespace", EMPTYING, operation="DELETE", resource="/configmaps", namespace="default"),
]  # fmt: skip

STATE_RULES: Final = ("empty",)
_STORED = {"data": {"tfstate": "H4sI"}}


def _state(title: str, user: str, refusing: tuple[str, ...], old: Object) -> Case:
    return Case(
        title, user, refusing, operation="UPDATE", resource="/secrets", namespace="idp-state", object=_STORED, old=old
    )


STATE: Final = [
    _state("who looks writes the first state", LOOK, (), {"metadata": {}}),
    _state("who looks fills an empty Secret", LOOK, (), {"data": {}}),
    _state("who looks changes a state", LOOK, ("empty",), _STORED),
    _state("who applies changes a state", STEP, (), _STORED),
    _state("who administers the cluster changes a state", ADMIN, (), _STORED),
]


APPLICATIONS_RULES: Final = ("name", "environment", "team")


def _delivered(**spec: Any) -> Object:
    there = {"server": "https://kubernetes.default.svc", "namespace": "env-payments-checkout"}
    return {"spec": {"project": "app.payments.shop", "destination": there, **spec}}


def _project(*namespaces: str, **spec: Any) -> Object:
    return {"spec": {"destinations": [{"namespace": each} for each in namespaces], **spec}}


def _of_argo(title: str, refusing: tuple[str, ...], name: str, thing: Object | None, operation: str = "CREATE") -> Case:
    """`name`: plural and name."""
    plural, _, named = name.partition("/")
    resource = f"argoproj.io/{plural}"
    return Case(title, CONFIGURE, refusing, operation, resource, thing, name=named, namespace="argocd")


_SHOP: Final = "applications/app.payments.shop.checkout"
_OWN: Final = "env-payments-checkout"
APPLICATIONS: Final = [
    _of_argo("a placement", (), _SHOP, _delivered()),
    _of_argo("a placement that is there", (), _SHOP, _delivered(), "UPDATE"),
    _of_argo("a placement goes", (), _SHOP, None, "DELETE"),
    _of_argo("a project", (), "appprojects/app.payments.shop", _project(_OWN, "env-payments-live")),
    _of_argo("a project that says it has nothing of the cluster", (), "appprojects/app.payments.shop", _project(_OWN, clusterResourceWhitelist=[])),
    _of_argo("a project goes", (), "appprojects/app.payments.shop", None, "DELETE"),
    _of_argo("the platform's own Application goes", ("name",), "applications/idp", None, "DELETE"),
    _of_argo("a foreign Application of four parts goes", ("name",), "applications/my.own.thing.here", None, "DELETE"),
    _of_argo("Argo CD's own project goes", ("name",), "appprojects/default", None, "DELETE"),
    _of_argo("a project called like a placement goes", ("name",), f"appprojects/{_SHOP.partition('/')[2]}", None, "DELETE"),
    _of_argo("a placement called like a project goes", ("name",), "applications/app.payments.shop", None, "DELETE"),
    _of_argo("another team's environment", ("environment",), _SHOP, _delivered(destination={"namespace": "env-search-checkout"})),
    _of_argo("another environment", ("environment",), _SHOP, _delivered(destination={"namespace": "env-payments-live"})),
    _of_argo("no environment", ("environment",), _SHOP, _delivered(destination={"namespace": "kube-system"}), "UPDATE"),
    _of_argo("a project without limits", ("environment",), _SHOP, _delivered(project="default")),
    _of_argo("a project whose name only begins so", ("environment",), _SHOP, _delivered(project="app.payments.sho")),
    _of_argo("a project for another team", ("team",), "appprojects/app.payments.shop", _project(_OWN, "env-search-checkout")),
    _of_argo("a project for all", ("team",), "appprojects/app.payments.shop", _project("*"), "UPDATE"),
    _of_argo("a project with namespaces", ("team",), "appprojects/app.payments.shop", _project(_OWN, clusterResourceWhitelist=[{"group": "", "kind": "Namespace"}])),
    Case("Argo CD itself changes what it is", ARGO_CD, operation="UPDATE", resource="argoproj.io/applications", namespace="argocd", name="idp"),
    Case("who administers the cluster removes one", ADMIN, operation="DELETE", resource="argoproj.io/applications", namespace="argocd", name="idp"),
]  # fmt: skip


@dataclass(frozen=True)
class Table:
    """All cases of a policy. `rules` names its validations in their order."""

    policy: str
    rules: tuple[str, ...]
    cases: list[Case] = field(repr=False)


TABLES: Final = (
    Table("idp-workflows-created", CREATED_RULES, CREATED),
    Table("idp-workflows-changed", CHANGED_RULES, CHANGED),
    Table("idp-templates", TEMPLATES_RULES, TEMPLATES),
    Table("idp-pods", PODS_RULES, PODS),
    Table("idp-environments", ENVIRONMENTS_RULES, ENVIRONMENTS),
    Table("idp-states", STATE_RULES, STATE),
    Table("idp-applications", APPLICATIONS_RULES, APPLICATIONS),
)
