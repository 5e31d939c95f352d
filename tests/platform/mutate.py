"""Mutate the Terraform code of infra/: what would the tests not notice?

    python -m tests.platform.mutate                                  all that was not judged yet, or whose file has changed
    python -m tests.platform.mutate --files 'modules/key-vault/*'    only these, below infra/
    python -m tests.platform.mutate --sample 8 --seed 7              a few, without writing results
    python -m tests.platform.mutate --summary                        what is known

Runs in `.venv-infra` (`./run nox -s infra -- -k nothing` makes it). Each mutant is one small change of the code; it is judged
by the tests of tests/platform and tests/infra that read the file or plan what uses it, until one fails. An interrupted run
loses nothing but its last minute: what is in the results and whose file is unchanged is not run again.
Exit code 1: a mutant survives for which mutants-survive.json has no reason, or one could not be judged.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread

from tests.platform.ground import INFRA
from tests.platform.mutation import results as seen
from tests.platform.mutation.job import LostError, Worker, copied, working
from tests.platform.mutation.kinds import Mutant
from tests.platform.mutation.results import OfFile, Results

_A_WORKERS_LIFE = 500
"""Mutants; then a new one, as nobody promises that a program which was made to run once leaves nothing behind."""
_BETWEEN_WRITES = 60


class Run:
    """Judging a list of mutants."""

    def __init__(self, mutants: Sequence[Mutant], results: Results, path: Path | None, minutes: float | None) -> None:
        self.lost: list[str] = []
        self.survivors: list[tuple[str, str]] = []
        self._queue: Queue[Mutant] = Queue()
        for mutant in mutants:
            self._queue.put(mutant)
        self._total, self._done, self._started, self._written = len(mutants), 0, time.monotonic(), time.monotonic()
        self._results, self._path = results, path
        self._ends = None if minutes is None else self._started + 60 * minutes
        self._lock = Lock()
        self._texts = {mutant.file: (INFRA / mutant.file).read_text() for mutant in mutants}
        self._hashes = {name: seen.text_hash(name) for name in self._texts}
        self._judges = seen.judges_hash()

    def go(self, jobs: int) -> None:
        """Judge them all, or until the time is over."""
        with copied() as folder:  # before anyone changes a file
            threads = [Thread(target=self._job, args=(folder,)) for _ in range(jobs)]
            for number, thread in enumerate(threads):
                if number:
                    time.sleep(1)
                thread.start()
            for thread in threads:
                thread.join()
        self._write()

    def _job(self, pristine: Path) -> None:
        losses = 0
        while not self._is_over() and not self._queue.empty():
            before = self._done
            try:
                with copied(pristine) as folder, working(folder) as worker:
                    self._check(worker)
                    self._some(worker)
            except LostError as error:
                self._say(f"a worker was lost: {error}")
                losses = losses + 1 if self._done == before else 0
            if losses > 1:
                self.lost.append("A worker was lost twice without having judged anything.")
                return

    def _check(self, worker: Worker) -> None:
        failed = worker.ready["failed"]
        if failed:
            while not self._queue.empty():
                self._queue.get()
            self.lost.append("Nothing can be judged: tests fail on the code as it is.\n" + "\n".join(failed))

    def _some(self, worker: Worker) -> None:
        for _ in range(_A_WORKERS_LIFE):
            try:
                mutant = self._queue.get_nowait()
            except Empty:
                return
            try:
                answer = worker.judged(mutant, self._texts[mutant.file])
            except LostError:
                self.lost.append(f"{mutant.file}: {mutant.name}")
                raise
            self._keep(mutant, answer["by"], answer["seconds"])
            if self._is_over():
                return

    def _is_over(self) -> bool:
        return self._ends is not None and time.monotonic() > self._ends

    def _keep(self, mutant: Mutant, by: str | None, seconds: float) -> None:
        by = None if by is None else by.removeprefix("tests/")
        with self._lock:
            self._done += 1
            kept = self._results.get(mutant.file)
            if kept is None or kept.text != self._hashes[mutant.file]:
                kept = self._results[mutant.file] = OfFile(self._hashes[mutant.file], self._judges)
            kept.judges = self._judges
            kept.seen[mutant.name] = by
            if by is None:
                self.survivors.append((mutant.file, mutant.name))
            left = (time.monotonic() - self._started) / self._done * (self._total - self._done) / 60
            self._say(
                f"{self._done}/{self._total}, {left:.0f} min left  {seconds:6.2f} s  {mutant.file}: {mutant.name}"
                f"  <- {by or 'NOTHING'}"
            )
            if time.monotonic() - self._written > _BETWEEN_WRITES:
                self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        if self._path is not None:
            seen.write(self._results, self._path)

    def _say(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201 - a program


def main(arguments: list[str]) -> int:
    """The program's exit code."""
    asked = _parser().parse_args(arguments)
    results = seen.read(asked.results)
    if asked.summary:
        return _told(results, [], seen.unexplained(seen.survivors(results)))
    now = seen.todays(asked.files)
    results = _of_today(results)
    if asked.sample:
        print(f"{asked.sample} mutants with the seed {asked.seed}")  # noqa: T201 - a program
        run = Run(seen.sample(now, asked.sample, asked.seed), {}, None, asked.minutes)
    else:
        run = Run(seen.wanted(results, now, again=asked.again), results, asked.results, asked.minutes)
    run.go(asked.jobs)
    return _told({} if asked.sample else results, run.lost, seen.unexplained(run.survivors))


def _of_today(results: Results) -> Results:
    """Without mutants that the code no longer has."""
    for name, each in seen.todays().items():
        if name in results:
            names = {one.name for one in each}
            results[name].seen = {one: by for one, by in results[name].seen.items() if one in names}
    return results


def _told(results: Results, lost: Sequence[str], unexplained: Sequence[tuple[str, str]]) -> int:
    lines = [seen.summary(results)] if results else []
    lines += [f"Stale, its file has changed since: {name}" for name in seen.stale(results)]
    lines += [f"Survives without a reason in {seen.REASONS.name}: {name}: {mutant}" for name, mutant in unexplained]
    lines += [f"Not judged: {each}" for each in lost]
    print("\n".join(lines))  # noqa: T201 - a program
    return 1 if lost or unexplained else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.platform.mutate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--files", default="*", metavar="GLOB", help="paths below infra/, such as 'modules/aks/*'")
    parser.add_argument("--sample", type=int, metavar="N", help="judge N of them, and write nothing")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which N (default: 0)")
    parser.add_argument(
        "--results", type=Path, default=seen.RESULTS, metavar="FILE", help="what is known, read and written"
    )
    parser.add_argument("--minutes", type=float, metavar="N", help="end after N minutes")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="workers at a time (default: 1)")
    parser.add_argument("--again", action="store_true", help="judge also what is known")
    parser.add_argument("--summary", action="store_true", help="tell what is known, and end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
