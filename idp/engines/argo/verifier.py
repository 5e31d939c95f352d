"""Which step is calling: the cluster's word on its token, its pod, and the Workflow that owns the pod."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, get_args

import orjson
import structlog
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp import names
from idp.engines.argo.objects import Owner, Pod, TokenReview, User, Workflow
from idp.engines.argo.pods import ANNOTATION_NODE_NAME, Pods
from idp.engines.argo.service import NoAnswerError, Service
from idp.engines.protocol import StepIdentity
from idp.steps import Privilege

_log = structlog.get_logger(__name__)

SECONDS: Final = 10.0
LONGEST: Final = 8192
"""Characters of a token; more is refused unread. The cluster's have about 1,100."""
_POD_NAME: Final = "authentication.kubernetes.io/pod-name"
_POD_UID: Final = "authentication.kubernetes.io/pod-uid"
_OVER: Final = frozenset({"Succeeded", "Failed"})


class _UnfitError(Exception):
    """The token holds, and is not that of a running step of ours."""


class TokenReviewVerifier:
    """Asks anew each time: a permit is rare, and what was true a moment ago may be over."""

    def __init__(
        self, kubernetes: Service, pods: Pods, workflow: Callable[[str], Awaitable[Workflow | None]], namespace: str
    ) -> None:
        self._kubernetes = kubernetes
        self._pods = pods
        self._workflow = workflow
        self._accounts = frozenset(f"system:serviceaccount:{namespace}:{each}" for each in get_args(Privilege))

    async def verify(self, token: str) -> StepIdentity | None:
        """See StepVerifier."""
        try:
            user = await self._user(token)
            pod = await self._pod(user)
            return await self._identity(pod)
        except _UnfitError as error:
            _log.warning("step_not_known", reason=str(error))
            return None

    async def _user(self, token: str) -> User:
        if not 0 < len(token) <= LONGEST:
            message = f"The token has {len(token)} characters."
            raise _UnfitError(message)
        review = (await self._review(token)).status
        if not review.authenticated or names.TOKEN_AUDIENCE not in review.audiences:
            message = f"The cluster does not know the token for the audience {names.TOKEN_AUDIENCE}."
            raise _UnfitError(message)
        if review.user.username not in self._accounts:
            message = f"The token is that of {review.user.username}, which is no step's account."
            raise _UnfitError(message)
        return review.user

    @retry(
        retry=retry_if_exception_type(NoAnswerError),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    async def _review(self, token: str) -> TokenReview:
        """Safe to repeat: a review changes nothing."""
        wanted = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [names.TOKEN_AUDIENCE]},
        }
        path = "/apis/authentication.k8s.io/v1/tokenreviews"
        answer = await self._kubernetes.ask("POST", path, body=orjson.dumps(wanted), seconds=SECONDS)
        if answer.status != HTTPStatus.CREATED:
            self._kubernetes.refuse("POST TokenReview", answer)
        return TokenReview.model_validate_json(answer.body)

    async def _pod(self, user: User) -> Pod:
        name, uid = _only(user, _POD_NAME), _only(user, _POD_UID)
        pod = await self._pods.pod(name)
        if pod is None or pod.metadata.uid != uid:
            message = f"The pod {name} with uid {uid}, to which the token is bound, is gone."
            raise _UnfitError(message)
        if pod.status.phase in _OVER:
            message = f"The pod {name} has ended: {pod.status.phase}."
            raise _UnfitError(message)
        return pod

    async def _identity(self, pod: Pod) -> StepIdentity:
        owner = _owner(pod)
        workflow = await self._workflow(owner.name)
        if workflow is None or workflow.metadata.uid != owner.uid:
            message = (
                f"The Workflow {owner.name} with uid {owner.uid}, which owns the pod {pod.metadata.name}, is gone."
            )
            raise _UnfitError(message)
        node = pod.metadata.annotations.get(ANNOTATION_NODE_NAME, "")
        found = step(node, owner.name)
        if found is None:
            message = f"The pod {pod.metadata.name} says {node!r} where a node of {owner.name} should be."
            raise _UnfitError(message)
        return StepIdentity(run=owner.name, run_uid=owner.uid, step=found)


def step(node: str, run: str) -> str | None:
    """The task's name, from that of its node: `RUN.look` and, of an attempt, `RUN.look(0)` are both `look`. None of another run."""
    if node != run and not node.startswith(f"{run}."):
        return None
    return node.partition("(")[0].rpartition(".")[2]


def _only(user: User, key: str) -> str:
    match user.extra.get(key, ()):
        case (value,):
            return value
        case _:
            message = f"The token of {user.username} is not bound to a pod."
            raise _UnfitError(message)


def _owner(pod: Pod) -> Owner:
    """The Workflow that made the pod."""
    for owner in pod.metadata.owner_references:
        if owner.controller and owner.kind == "Workflow" and owner.api_version.startswith("argoproj.io/"):
            return owner
    message = f"The pod {pod.metadata.name} is not that of a Workflow."
    raise _UnfitError(message)
