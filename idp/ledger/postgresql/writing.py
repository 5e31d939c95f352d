"""Group commit: what arrived while the last commit ran is read, decided in memory, and stored in one transaction.

A group costs the same seven questions or so whatever its size. Several servers do so at once: locks keep apart what
concerns the same team or request.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import asyncpg
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp.ledger.grouped import Write
from idp.ledger.needs import together
from idp.ledger.postgresql.connecting import AWAY, Connections, reason
from idp.ledger.postgresql.draft import Draft
from idp.ledger.postgresql.listening import News
from idp.ledger.postgresql.loading import loaded
from idp.ledger.postgresql.storing import store
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.queueing import LONGEST_QUEUE, Queue, Waiting

T = TypeVar("T")

_OF_ONE_WRITE: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, TypeError)
"""A value is refused, by its row's making or by the database."""


class GroupCommit:
    """Carries out writes one after another, many in one transaction.

    A write that its work refuses has stored nothing. Where the database refuses a group, its halves are tried apart,
    down to the one write that is at fault: so none fails its neighbours.
    """

    def __init__(
        self,
        connections: Connections,
        news: News,
        *,
        now: Callable[[], datetime],
        committed: Callable[[Draft], None],
        longest_queue: int = LONGEST_QUEUE,
    ) -> None:
        self._connections = connections
        self._news = news
        self._now = now
        self._committed = committed
        self._queue: Queue[Write[Any]] = Queue(self._group, longest=longest_queue)

    async def write(self, write: Write[T]) -> T:
        """Its result, once it is on the disk. Raises what its work raises, and LedgerUnavailableError."""
        result: T = await self._queue.write(write)
        return result

    async def close(self) -> None:
        """Finish what waits, then take no more."""
        await self._queue.close()

    async def _group(self, group: list[Waiting[Write[Any]]]) -> None:
        group = [waiting for waiting in group if not waiting.given_up]
        if not group:
            return
        try:
            draft = await self._transaction(group)
        except _OF_ONE_WRITE as error:
            await self._apart(group, error)
        except asyncpg.TransactionRollbackError as error:
            _settle(group, _failure(error, in_doubt=False))
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must learn of it
            _settle(group, error)
        else:
            _settle(group)
            self._committed(draft)

    async def _apart(self, group: list[Waiting[Write[Any]]], error: Exception) -> None:
        if len(group) == 1:
            group[0].settle(error)
            return
        half = len(group) // 2
        await self._group(group[:half])
        await self._group(group[half:])

    # Safe to repeat: the database says that it has undone the transaction.
    @retry(
        retry=retry_if_exception_type(asyncpg.TransactionRollbackError),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        stop=stop_after_attempt(6),
        reraise=True,
    )
    async def _transaction(self, group: list[Waiting[Write[Any]]]) -> Draft:
        """Raises LedgerUnavailableError, which says whether something may be stored."""
        committing = False
        try:
            async with self._connections.acquire() as connection, connection.transaction():
                draft = Draft(await loaded(connection, together([each.work.needs for each in group])), self._now())
                for waiting in group:
                    _carry_out(waiting, draft)
                await store(connection, draft, self._news.of(draft))
                committing = True
        except (*_OF_ONE_WRITE, asyncpg.TransactionRollbackError):
            raise
        except AWAY as error:
            raise _failure(error, in_doubt=committing) from error
        return draft


def _carry_out(waiting: Waiting[Write[Any]], draft: Draft) -> None:
    waiting.result = waiting.error = None
    try:
        effect = waiting.work.work(draft)
    except Exception as error:  # noqa: BLE001 - the caller's
        waiting.error = error
    else:
        draft.add(effect)
        waiting.result = effect.result


def _settle(group: list[Waiting[Write[Any]]], failure: Exception | None = None) -> None:
    for waiting in group:
        waiting.settle(failure)


def _failure(error: BaseException, *, in_doubt: bool) -> LedgerUnavailableError:
    if in_doubt:
        return LedgerUnavailableError(
            f"The ledger's database was lost in the middle of a commit ({reason(error)}): whether this is stored is not"
            " known. Look, or send it again; with the same Idempotency-Key nothing is done twice."
        )
    return LedgerUnavailableError(
        f"The ledger could not be written ({reason(error)}); nothing is stored. Send it again; if it stays so, look"
        " after the database."
    )
