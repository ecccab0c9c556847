"""Which solver is asked what, and when: one alone at first, then a race; agreement, disagreement, the cache.

The first solver of the order for the logic runs alone for a short while, then the others join, and the first definite
answer wins.  With ``two_solvers`` a second solver must agree.  With ``designated`` nothing races: the solvers go one
after the other, each alone and under limits that count steps instead of seconds, so the answer depends on the script
and on the versions of the solvers only.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Self

from ..settings import SOLVERS, Settings
from .answer import Answer
from .cache import Cache
from .disagreement import SolverDisagreement, disagreement
from .drivers import Limits, get, names, order
from .workers import Run, Workers

ALONE = 0.2
"""Seconds that the first solver runs alone."""

PATIENCE = 6.0
"""How many times its time limit a deterministic run may take by the clock."""

_LOGIC = "(set-logic"


def logic_of(text: str) -> str:
    """The logic that a script declares, ``ALL`` if none.

    >>> logic_of("(set-option :produce-models true)(set-logic QF_UFLIA)")
    'QF_UFLIA'
    """
    at = text.find(_LOGIC)
    return text[at + len(_LOGIC) :].split(")", 1)[0].strip() if at >= 0 else "ALL"


class _Job:
    """One script on its way to an answer."""

    def __init__(self, text: str, logic: str, goal: str, solvers: tuple[str, ...], share: float) -> None:
        self.text = text
        self.share = share
        self.logic = logic
        self.goal = goal
        self.to_ask = deque(solvers)
        self.running: dict[str, Run] = {}
        self.answers: list[Answer] = []
        self.future: Future[Answer] = Future()
        self.timer: threading.Timer | None = None
        self.racing = False

    def definite(self) -> list[Answer]:
        return [a for a in self.answers if a.definite]


class Portfolio:
    """Takes scripts, gives answers.  A context manager: leaving it ends every worker process.

    ``solvers`` of the settings restrict who is asked, in that order if it is not the default.
    """

    def __init__(self, settings: Settings | None = None, cache: Cache | None = None) -> None:
        self.settings = settings or Settings()
        use = self.settings.use_cache and not self.settings.designated and not self.settings.two_solvers
        self._cache = (cache or Cache(self.settings.cache_dir)) if use else None
        self._workers = Workers(self.settings.jobs)
        self._lock = threading.RLock()
        self._waiting: deque[_Job] = deque()
        self._joining: deque[_Job] = deque()
        self._open: set[_Job] = set()
        self._runs = 0
        self._failed: SolverDisagreement | None = None
        self._closed = False

    def __enter__(self) -> Self:
        # An answer passes through three threads; while claims are worked on in others, each hand-over waits this long.
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(min(self._interval, 0.0005))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        sys.setswitchinterval(self._interval)
        self.close()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise :class:`SolverDisagreement` if two solvers contradicted each other, however late it was seen."""
        if self._failed is not None:
            raise self._failed

    def warm(self, logics: Iterable[str] = ("QF_UFLIA",)) -> None:
        """Have the processes of the first solvers for these logics started, while there is other work to do.

        With a cache that holds answers nothing is started: most likely no solver will be needed.
        """
        if self._cache is not None and not self._cache.empty():
            return
        for solver in dict.fromkeys(s[0] for s in (self._order(logic) for logic in logics) if s):
            self._workers.warm(solver)

    def submit(
        self, text: str, logic: str | None = None, goal_id: str = "", solver: str | None = None, share: float = 1.0
    ) -> Future[Answer]:
        """Ask for an answer to a script.  ``solver`` restricts the question to one, ``share`` the time to a part of the
        limit.

        The future raises :class:`SolverDisagreement` when two solvers contradict each other on any script of this
        portfolio, and CancelledError when the portfolio is closed first.
        """
        logic = logic or logic_of(text)
        job = _Job(text, logic, goal_id, (solver,) if solver else self._order(logic), share)
        if self._failed is not None:
            job.future.set_exception(self._failed)
        elif not job.to_ask:
            job.future.set_result(Answer("unknown", reason=f"no installed solver takes the logic {logic}"))
        elif (known := self._recall(job)) is not None:
            job.future.set_result(known)
        else:
            with self._lock:
                if self._closed:
                    raise RuntimeError("the portfolio is closed")
                self._waiting.append(job)
                self._pump()
        return job.future

    def solve(
        self, text: str, logic: str | None = None, goal_id: str = "", solver: str | None = None, share: float = 1.0
    ) -> Answer:
        """The answer to a script; see :meth:`submit`."""
        return self.submit(text, logic, goal_id, solver, share).result()

    def solve_many(self, scripts: Iterable[tuple[str, str | None, str]]) -> list[Answer]:
        """Answers to (text, logic, goal) in the order of the questions, whatever the number of jobs."""
        futures = [self.submit(*script) for script in scripts]
        return [future.result() for future in futures]

    def close(self) -> None:
        """End all workers; what was not answered is cancelled."""
        with self._lock:
            self._closed = True
            jobs = [*self._waiting, *self._open]
            self._waiting.clear()
            self._joining.clear()
            self._open.clear()
        for job in jobs:
            if job.timer is not None:
                job.timer.cancel()
            if not job.future.cancel() and not job.future.done():
                job.future.set_exception(CancelledError("the portfolio was closed"))
        self._workers.close()
        if self._cache is not None:
            self._cache.close()

    def _order(self, logic: str) -> tuple[str, ...]:
        chosen = self.settings.solvers
        return order(logic) if chosen == SOLVERS else order(logic, chosen)

    def _recall(self, job: _Job) -> Answer | None:
        if self._cache is None:
            return None
        found = (self._cache.get(job.text, name, get(name).version()) for name in job.to_ask)
        return next((answer for answer in found if answer is not None), None)

    def _limits(self, solver: str, share: float) -> Limits:
        s = self.settings
        seconds = s.timeout * share
        steps = int(seconds * get(solver).steps_per_second)
        if s.designated:
            return Limits(seconds * PATIENCE, s.memory, steps or None)
        return Limits(seconds, s.memory)

    def _pump(self) -> None:
        """Start what may be started.  Twice as many runs as jobs while something races, else as many as jobs."""
        jobs = self.settings.jobs
        while self._joining and self._runs < 2 * jobs:
            job = self._joining[0]
            if job in self._open and job.to_ask:
                self._ask(job)
            else:
                self._joining.popleft()
        while self._waiting and len(self._open) < jobs:
            job = self._waiting.popleft()
            if not job.future.set_running_or_notify_cancel():
                continue
            self._open.add(job)
            self._ask(job)
            if self.settings.two_solvers and not self.settings.designated and job.to_ask:
                self._ask(job)
            if not self.settings.designated and job.to_ask:
                self._set_timer(job)

    def _set_timer(self, job: _Job) -> None:
        job.timer = threading.Timer(ALONE, self._time_is_up, (job,))
        job.timer.daemon = True
        job.timer.start()

    def _time_is_up(self, job: _Job) -> None:
        with self._lock:
            if job not in self._open:
                return
            if any(run.started is None for run in job.running.values()):  # its process is still being started
                self._set_timer(job)
            else:
                self._join(job)

    def _ask(self, job: _Job) -> None:
        solver = job.to_ask.popleft()
        self._runs += 1
        limits = self._limits(solver, job.share)
        job.running[solver] = self._workers.start(solver, job.text, limits, lambda r, a: self._done(job, r, a))

    def _join(self, job: _Job) -> None:
        with self._lock:
            if job in self._open and not job.racing:
                job.racing = True
                self._joining.append(job)
                self._pump()

    def _done(self, job: _Job, run: Run, answer: Answer) -> None:
        clash = self._keep(job, answer) if answer.definite and self._cache is not None else []
        with self._lock:
            self._runs -= 1
            job.running.pop(run.driver.name, None)
            job.answers.append(answer)
            definite = [*job.definite(), *clash]
            settled: list[tuple[_Job, Answer | SolverDisagreement]] = []
            if self._closed:
                return
            if len({a.status for a in definite}) > 1:
                settled = self._disagree(job, definite)
            elif job in self._open and (final := self._advance(job, definite)) is not None:
                settled = [(job, final)]
            self._pump()
        for other, result in settled:  # not under the lock: callbacks of futures run here
            if isinstance(result, Answer):
                other.future.set_result(result)
            else:
                other.future.set_exception(result)

    def _advance(self, job: _Job, definite: list[Answer]) -> Answer | None:
        """The final answer of a job, or None and the next step towards it."""
        two = self.settings.two_solvers
        if len(definite) >= (2 if two else 1) or not (job.running or job.to_ask):
            return self._finish(job, definite)
        if self.settings.designated or (definite and not job.running):
            self._ask(job)
        elif not definite or (two and len(job.running) + len(definite) < 2):
            self._join(job)
        return None

    def _finish(self, job: _Job, definite: list[Answer]) -> Answer:
        self._open.discard(job)
        if job.timer is not None:
            job.timer.cancel()
        for run in list(job.running.values()):
            self._workers.interrupt(run)
        if not definite:
            return _combined(job.answers)
        agreed = tuple((a.solver, a.version) for a in definite[1:]) if self.settings.two_solvers else ()
        return replace(definite[0], agreed=agreed)

    def _disagree(self, job: _Job, answers: list[Answer]) -> list[tuple[_Job, Answer | SolverDisagreement]]:
        if self._failed is None:
            self._failed = disagreement(job.goal, job.text, answers)
        stopped = [*self._waiting, *self._open]
        self._waiting.clear()
        self._open.clear()
        for other in stopped:
            if other.timer is not None:
                other.timer.cancel()
            for run in list(other.running.values()):
                self._workers.interrupt(run)
        return [(other, self._failed) for other in stopped if not other.future.cancelled()]

    def _keep(self, job: _Job, answer: Answer) -> list[Answer]:
        """Put an answer into the cache; answers that contradict it there."""
        assert self._cache is not None
        clash = [a for a in self._cache.others(job.text) if a.status != answer.status]
        if not clash:
            self._cache.put(job.text, answer)
        return clash


_WORST = ("timeout", "memory", "unknown", "error")


def _combined(answers: list[Answer]) -> Answer:
    """One answer for several that are not definite: a limit first (raising it may help), an error last."""
    place = {name: i for i, name in enumerate(names())}
    ordered = sorted(answers, key=lambda a: (_WORST.index(a.status), place.get(a.solver, len(place))))
    if len(ordered) == 1:
        return ordered[0]
    reason = "; ".join(f"{a.solver}: {a.status}{f' ({a.reason})' if a.reason else ''}" for a in ordered)
    return replace(ordered[0], reason=reason)
