"""What the embedded engine adds to a process: a DAG of 100 steps of `true`, against 100 times Popen at the same parallelism.

    python bench/engine.py [--rounds 15] [--bound 1.5]

Each round runs one after the other; the ratio is of neighbours, so that what else the machine does falls on both.
The event loop is the server's (uvloop). The engine's time is from publish to Succeeded: the event, the Workflow on the disk (fsync), 100 steps under the supervisor with their folders, logs and
exit codes, and every change of a node written down.
"""

import argparse
import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import structlog
import uvloop
import yaml

from idp.engines.local import LocalEngine

STEPS = 100
SHAPES = {"one after the other": (1, 1), "10 at a time, 10 deep": (10, 10), "100 at once, 4 run": (100, 4)}
"""Width of the DAG's layers, and the parallelism."""
PATH = "/usr/bin:/bin"


def workflow_template(name: str, width: int) -> dict[str, Any]:
    tasks = [{"name": f"t{n}", "template": "true", "depends": " && ".join(before(n, width))} for n in range(STEPS)]
    container = {"image": "runner", "command": ["true"]}
    templates = [{"name": "true", "container": container}, {"name": "provision", "dag": {"tasks": tasks}}]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": name, "namespace": "idp-runs"},
        "spec": {"entrypoint": "provision", "templates": templates},
    }


def before(number: int, width: int) -> list[str]:
    """The task of the layer above in the same column, so that the DAG is `width` chains."""
    return [f"t{number - width}.Succeeded"] if number >= width else []


def manifests(folder: Path) -> Path:
    names = [f"shape-{number}" for number in range(len(SHAPES))]
    webhook = {name: {"endpoint": f"/{name}", "method": "POST", "port": "12000"} for name in names}
    source = {"kind": "EventSource", "metadata": {"name": "idp"}, "spec": {"webhook": webhook}}
    dependencies = [{"name": name, "eventSourceName": "idp", "eventName": name} for name in names]
    sensor = {
        "kind": "Sensor",
        "metadata": {"name": "idp"},
        "spec": {"dependencies": dependencies, "triggers": [*map(trigger, names)]},
    }
    templates = [workflow_template(name, width) for name, (width, _) in zip(names, SHAPES.values(), strict=True)]
    folder.mkdir()
    everything = [{"apiVersion": "argoproj.io/v1alpha1", **found} for found in (source, sensor, *templates)]
    (folder / "all.yaml").write_text(yaml.safe_dump_all(everything))
    return folder


def trigger(name: str) -> dict[str, Any]:
    spec = {"workflowTemplateRef": {"name": name}}
    resource = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "x"}, "spec": spec}
    parameter = {"src": {"dependencyName": name, "dataKey": "body.run"}, "dest": "metadata.name"}
    return {
        "template": {
            "name": name,
            "conditions": name,
            "k8s": {"source": {"resource": resource}, "parameters": [parameter]},
        }
    }


def popen(parallelism: int) -> float:
    """Seconds of 100 times Popen and wait, so many at a time."""
    start = time.perf_counter()
    with ThreadPoolExecutor(parallelism) as pool:
        list(pool.map(lambda _: subprocess.Popen(["true"], env={"PATH": PATH}).wait(), range(STEPS)))
    return time.perf_counter() - start


async def run(engine: LocalEngine, shape: int, name: str) -> float:
    """Seconds from publish to the run's end."""
    over = asyncio.create_task(finished(engine, name))
    await asyncio.sleep(0)
    start = time.perf_counter()
    await engine.publish(f"/shape-{shape}", f'{{"run": "{name}"}}'.encode())
    await over
    return time.perf_counter() - start


async def finished(engine: LocalEngine, name: str) -> None:
    async for seen in engine.runs():
        if seen.name == name and seen.finished:
            if seen.phase != "Succeeded" or len(seen.nodes) != STEPS + 1:
                sys.exit(f"{name} ended {seen.phase}: {seen.message}")
            return


async def measured(shape: int, parallelism: int, rounds: int, names: "count[int]") -> list[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        engine = LocalEngine(
            manifests(path / "manifests"),
            path / "data",
            config_maps={},
            image_environment={"PATH": PATH},
            parallelism=parallelism,
        )
        await engine.start()
        found = []
        for number in range(rounds + 1):
            baseline = popen(parallelism)
            ours = await run(engine, shape, f"run-{next(names)}")
            if number:  # the first warms up
                found.append((baseline, ours))
        await engine.close()
        return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--bound", type=float, default=1.5, help="fail where the median ratio is larger")
    given = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    names = count()
    worst = 0.0
    print(f"{'100 steps of true':<24}{'at a time':>10}{'Popen ms':>12}{'engine ms':>12}{'ratio min':>11}{'median':>8}")
    for shape, (title, (_, parallelism)) in enumerate(SHAPES.items()):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(measured(shape, parallelism, given.rounds, names))
        ratios = [ours / baseline for baseline, ours in found]
        worst = max(worst, statistics.median(ratios))
        baseline, ours = (statistics.median(column) * 1000 for column in zip(*found, strict=True))
        print(
            f"{title:<24}{parallelism:>10}{baseline:>12.1f}{ours:>12.1f}{min(ratios):>11.2f}{statistics.median(ratios):>8.2f}"
        )
    return int(worst > given.bound)


if __name__ == "__main__":
    sys.exit(main())
