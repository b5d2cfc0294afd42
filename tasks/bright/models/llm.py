"""Language models as rerankers of a first stage, by an OpenAI-compatible endpoint."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall
from benchsuite.model import Arrays, Model, PreparesOn, State, no_arrays

from ..judge import answers, released
from ..judge.endpoint import Answer, Endpoint, Limits
from ..judge.prompts import Prompt, prompt
from ..partition import by_rank, merged, order_of, rounds
from .candidates import Candidates, candidates
from .fusion import weighted
from .stages import first_stage

PARADIGMS = ("pointwise", "listwise", "groupwise")
PROTOCOLS = ("benchsuite", "grouprank")


class Judged(dict[str, float]):
    """A ranking, and the answers that it came from."""

    def __init__(self, ranking: Mapping[str, float], cost: Mapping[str, int]) -> None:
        super().__init__(ranking)
        self.cost = dict(cost)


@dataclass
class _Ledger:
    """The answers to one query."""

    found: list[Answer] = field(default_factory=list)
    states: list[answers.State] = field(default_factory=list)

    @property
    def cost(self) -> dict[str, int]:
        return {
            "requests": len(self.found),
            "tokens_in": sum(answer.tokens_in for answer in self.found),
            "tokens_out": sum(answer.tokens_out for answer in self.found),
            "repaired": self.states.count("repaired"),
            "unusable": self.states.count("unusable"),
        }


@dataclass(frozen=True)
class LLM:
    """A language model that grades or orders the candidates of a first stage.

    paradigm: `pointwise`, a grade of one passage a request; `listwise`, a window that slides from
    the last candidates to the first, and its order; `groupwise`, the grades of a group.
    served: the model's name at the endpoint.   url: up to `/v1`.   key: the environment variable
    that holds the key.   prompt: a name or a file; without, the one of the paradigm.
    group_size, rounds: groups, and partitions into them, whose grades are averaged.
    window, step: of the listwise one.   asked: how often an unusable answer is asked for.
    weight: of the reranking, where it is fused with the first stage by z-scores; 1 is not fused.
    protocol: `grouprank` is the groupwise reranking as released, see `judge.released`; its groups
    begin every `interval` candidates.
    cache: the folder of answers.   concurrency: queries that are asked about at a time.
    The other settings are those of `judge.endpoint.Limits`.
    """

    name: str = "llm"
    paradigm: str = "groupwise"
    served: str = "default"
    url: str = "http://127.0.0.1:8000/v1"
    key: str = "OPENAI_API_KEY"
    prompt: str | None = None
    protocol: str = "benchsuite"
    first_stage: str = "bm25"
    depth: int = 100
    run: str | None = None
    group_size: int = 20
    interval: int = 20
    rounds: int = 3
    window: int = 20
    step: int = 10
    weight: float = 1.0
    temperature: float = 0.0
    max_tokens: int = 2048
    asked: int = 2
    cache: str = ".cache/answers"
    concurrency: int = 8
    timeout: float = 120.0
    attempts: int = 5
    rate: float | None = None
    max_requests: int | None = None
    budget_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.paradigm not in PARADIGMS:
            raise WrongCall(f"model.paradigm: expected one of {', '.join(PARADIGMS)}")
        if self.protocol not in PROTOCOLS:
            raise WrongCall(f"model.protocol: expected one of {', '.join(PROTOCOLS)}")
        for key in ("group_size", "interval", "rounds", "step", "asked", "concurrency"):
            if getattr(self, key) < 1:
                raise WrongCall(f"model.{key}: expected at least 1, found {getattr(self, key)}")
        if not self.step <= self.window:
            raise WrongCall(
                "model.step: expected at most model.window, so that none is passed over"
            )

    @property
    def fingerprint(self) -> str:
        """Covers the model's name, the prompt and the configuration; never the endpoint's place."""
        parts = {
            key: getattr(self, key)
            for key in ("paradigm", "served", "protocol", "group_size", "interval", "rounds",
                        "window", "step", "weight", "temperature", "max_tokens", "asked")
        }  # fmt: skip
        return digest([parts, self._prompt.hash, self._stage.fingerprint])

    @property
    def prepare_fingerprint(self) -> str:
        """That of the first stage."""
        return str(getattr(self._stage, "prepare_fingerprint", self._stage.fingerprint))

    @property
    def prepares_on(self) -> PreparesOn:
        """As the first stage."""
        return self._stage.prepares_on

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, the prompt's hash among them."""
        return {
            "first_stage": f"{self.first_stage}@{self.depth}",
            "backbone": self.served,
            "paradigm": self.paradigm,
            "prompt": f"{self._prompt.name} {self._prompt.hash}",
            "protocol": self.protocol,
        }

    @property
    def _stage(self) -> Model:
        return first_stage(self.first_stage, self.depth, self.run)

    @property
    def _prompt(self) -> Prompt:
        return prompt(self.prompt or self.paradigm)

    @cached_property
    def _endpoint(self) -> Endpoint:
        limits = Limits(
            self.timeout, self.attempts, 1.0, self.rate, self.max_requests, self.budget_tokens
        )
        return Endpoint(self.url, limits, Path(self.cache), os.environ.get(self.key, ""))

    def __getstate__(self) -> dict[str, Any]:
        # An endpoint holds a lock, and each process has a budget of its own.
        return {key: value for key, value in self.__dict__.items() if key != "_endpoint"}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """What the first stage prepares."""
        return no_arrays() if self.prepares_on == "nothing" else self._stage.prepare(state, inputs)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Judged]:
        """Rankings of the first stage's candidates, all of them (but see `protocol`)."""
        found = candidates(self._stage, state, inputs)
        with ThreadPoolExecutor(self.concurrency) as pool:
            return list(pool.map(lambda *pair: self._ranked(state, *pair), inputs, found))

    def _ranked(self, state: State, one: Inputs, found: Candidates) -> Judged:
        ledger = _Ledger()
        texts = state.shared["corpus"]

        def ask(documents: Sequence[str], salt: str) -> str:
            text = self._prompt.filled(one.fields["query"], [texts[d] for d in documents])
            answer = self._endpoint.ask(self._request(text), self._prompt.hash, salt)
            ledger.found.append(answer)
            return answer.text

        if not found.shown:
            return Judged({}, ledger.cost)
        if self.protocol == "grouprank":
            return Judged(dict(self._as_released(found, ask)), ledger.cost)
        ways = {"pointwise": self._points, "listwise": self._list, "groupwise": self._groups}
        order = ways[self.paradigm](found, ask, ledger)
        return Judged(self._fused(order, found), ledger.cost)

    def _request(self, text: str) -> dict[str, Any]:
        return {
            "model": self.served,
            "messages": [{"role": "user", "content": text}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    def _points(self, found: Candidates, ask: Any, ledger: _Ledger) -> list[str]:
        scores: dict[str, float] = {}
        for document in found.shown:
            for time in range(self.asked):
                graded = answers.grade(ask([document], _salt(found, time)))
                ledger.states.append(graded.state)
                if graded.grades:
                    scores[document] = graded.grades[0]
                    break
        return order_of(scores, found.scores)

    def _groups(self, found: Candidates, ask: Any, ledger: _Ledger) -> list[str]:
        scored = []
        for group in rounds(found.shown, self.group_size, self.rounds, found.key):
            for time in range(self.asked):
                graded = answers.grades(ask(group, _salt(found, time)), len(group))
                ledger.states.append(graded.state)
                if graded.state != "unusable":
                    scored.append({group[place]: s for place, s in graded.grades.items()})
                    break
        return order_of(merged(scored), found.scores)

    def _list(self, found: Candidates, ask: Any, ledger: _Ledger) -> list[str]:
        order = list(found.shown)
        usable = False
        for start in windows(len(order), self.window, self.step):
            part = order[start : start + self.window]
            for time in range(self.asked):
                said = answers.order(ask(part, _salt(found, time)), len(part))
                ledger.states.append(said.state)
                if said.state != "unusable":
                    order[start : start + self.window] = [part[place] for place in said.order]
                    usable = True
                    break
        return order if usable else list(found.retrieved)

    def _as_released(self, found: Candidates, ask: Any) -> list[tuple[str, float]]:
        groups = released.groups(
            found.shown, self.group_size, self.interval, self.rounds, found.key
        )
        return released.ranked(
            [(group, ask(group, _salt(found, 0))) for group in groups], self.depth
        )

    def _fused(self, order: Sequence[str], found: Candidates) -> dict[str, float]:
        ranking = by_rank(order)
        if self.weight == 1:
            return ranking
        return weighted((ranking, found.scores), (self.weight, 1 - self.weight), standardised=True)


def _salt(found: Candidates, time: int) -> str:
    # The same order asked again is another question to a model that draws its words: only then can
    # the noise of a repeat be told from the effect of an order.
    repeat = found.key if "/repeated/" in found.key else ""
    return f"{repeat}#{time}" if time else repeat


def windows(number: int, size: int, step: int) -> list[int]:
    """Where a window of `size` begins that slides by `step`, from the last candidates on."""
    starts = list(range(max(number - size, 0), 0, -step))
    return [*starts, 0] if number else []
