"""PyVRP and VROOM on the same problems by the same convention: one line each, checked by the same arithmetic.

Called by scripts/bench_solver.sh; the environment is that of the bench `instances`: BENCH_SECONDS, BENCH_SEEDS,
BENCH_ONLY, CALLOUT_DATA, and VROOM_LEVEL (0 to 5; empty for what fits the time).
"""

import csv
import datetime
import math
import os
import pathlib
import sys
import time

import numpy
import pyvrp
import vroom

SECONDS = float(os.environ.get("BENCH_SECONDS") or 5)
SEEDS = int(os.environ.get("BENCH_SEEDS") or 1)
LEVEL = os.environ.get("VROOM_LEVEL", "")


class Instance:
    """One problem in tenths: distances cut off, windows and services multiplied."""

    def __init__(self, path, best):
        self.name, self.best = path.stem, best
        rows, fleet = [], None
        for line in path.read_text().splitlines():
            try:
                numbers = [int(float(word)) for word in line.split()]
            except ValueError:
                continue
            if len(numbers) == 2 and fleet is None:
                fleet = numbers
            if len(numbers) == 7:
                rows.append(numbers)
        self.vehicles, self.capacity = fleet
        self.points = numpy.array([row[1:3] for row in rows])
        self.demand = [row[3] for row in rows]
        self.windows = [(10 * row[4], 10 * row[5]) for row in rows]
        self.service = [10 * row[6] for row in rows]
        apart = self.points[:, None, :] - self.points[None, :, :]
        exact = 10 * numpy.sqrt((apart.astype(float) ** 2).sum(axis=2))
        self.ways = numpy.floor(exact + 1e-9).astype(numpy.int64)

    def cost(self, routes):
        """The distance of checked routes; an exception says which rule is broken."""
        met, total = set(), 0
        assert len(routes) <= self.vehicles, "too many vehicles"
        for route in routes:
            moment, here, load = self.windows[0][0], 0, 0
            for there in list(route) + [0]:
                moment = max(moment + self.ways[here][there], self.windows[there][0])
                assert moment <= self.windows[there][1], f"customer {there} is late"
                total += int(self.ways[here][there])
                moment += self.service[there]
                load += self.demand[there]
                here = there
            assert load <= self.capacity, "overloaded"
            assert not met & set(route), "served twice"
            met |= set(route)
        assert len(met) == len(self.points) - 1, "customers left out"
        return total / 10


class Spent:
    """Stops a search after processor seconds of this process."""

    def __init__(self, seconds):
        self.end = time.process_time() + seconds

    def __call__(self, _best):
        return time.process_time() >= self.end


def by_pyvrp(instance, seed):
    locations = [pyvrp.Location(float(x), float(y)) for x, y in instance.points]
    clients = [
        pyvrp.Client(k, delivery=[instance.demand[k]], service_duration=instance.service[k],
                     tw_early=instance.windows[k][0], tw_late=instance.windows[k][1])
        for k in range(1, len(locations))
    ]
    early, late = instance.windows[0]
    fleet = pyvrp.VehicleType(instance.vehicles, [instance.capacity], tw_early=early, tw_late=late)
    data = pyvrp.ProblemData(locations, clients, [pyvrp.Depot(0)], [fleet], [instance.ways], [instance.ways])
    result = pyvrp.solve(data, Spent(SECONDS), seed=seed, collect_stats=False, display=False)
    routes = []
    for route in result.best.routes():
        routes.append([1 + activity.idx for activity in route if activity.is_client()])
    return routes


def by_vroom(instance, _seed):
    problem = vroom.Input()
    problem.set_durations_matrix("car", instance.ways.astype("uint32"))
    for k in range(instance.vehicles):
        problem.add_vehicle(vroom.Vehicle(k, start=0, end=0, capacity=[instance.capacity],
                                          time_window=instance.windows[0]))
    for k in range(1, len(instance.points)):
        problem.add_job(vroom.Job(k, k, default_service=instance.service[k], delivery=[instance.demand[k]],
                                  time_windows=[instance.windows[k]]))
    size = len(instance.points)
    level = int(LEVEL) if LEVEL else (5 if size <= 250 else 3 if size <= 500 else 1)
    answer = problem.solve(level, 1, datetime.timedelta(seconds=6 * SECONDS))
    routes = {}
    for row in answer.routes[answer.routes["type"] == "job"].itertuples():
        routes.setdefault(row.vehicle_id, []).append(int(row.id))
    return list(routes.values())


def main():
    data = pathlib.Path(os.environ["CALLOUT_DATA"])
    with open(data / "vrptw/dimacs_bks.csv", encoding="utf-8") as table:
        best = {row[0]: float(row[1]) for row in csv.reader(table) if row and row[1].replace(".", "").isdigit()}
    names = sys.argv[1:]
    print("solver,instance,cost,best,gap_percent,cpu_seconds,seed")
    gaps = {}
    for name in names:
        found = list((data / "vrptw").glob(f"*/{name}.txt"))
        if not found or name not in best:
            continue
        instance = Instance(found[0], best[name])
        for solver, solve, seeds in [("pyvrp", by_pyvrp, SEEDS), ("vroom", by_vroom, 1)]:
            for seed in range(1, seeds + 1):
                begun = time.process_time()
                try:
                    cost = instance.cost(solve(instance, seed))
                except AssertionError as wrong:
                    cost = math.inf
                    print(f"# {solver} {name}: no plan that keeps the rules ({wrong})")
                spent = time.process_time() - begun
                gap = 100 * (cost / instance.best - 1)
                print(f"{solver},{name},{cost:.1f},{instance.best:.1f},{gap:.3f},{spent:.1f},{seed}", flush=True)
                group = "homberger" if "_" in name else "solomon"
                for key in (group, "vrptw"):
                    gaps.setdefault((solver, key), []).append(gap)
    for (solver, group), values in sorted(gaps.items()):
        print(f"# {solver} {group}: mean gap {sum(values) / len(values):.3f} % over {len(values)} runs")


main()
