"""Language models as rerankers of a first stage: at an endpoint, or in this process."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Answer, Backend, Served, Used
from benchsuite.errors import BadData
from benchsuite.estimation.cells import QUESTIONS, UNREAD
from benchsuite.learning.hub import content, located
from benchsuite.model import State, fingerprint

from .candidates import Candidates, candidates
from .fusion import weighted
from .judge import answers, released, ways
from .judge.local import Local
from .judge.prompts import Prompt, prompt
from .judge.rules import check
from .judge.ways import Inquiry
from .partition import by_rank
from .stages import Settings, Staged

SETTINGS = {
    "pointwise": ("score",),
    "listwise": ("window", "step"),
    "setwise": ("group_size", "top"),
    "groupwise": ("group_size", "rounds"),
}
"""Of each paradigm, those that are design factors."""
ALTERNATIVES = 20
"""Of the first token, whose probabilities are asked for: the most that endpoints give."""


class Costed(dict[str, float]):
    """A ranking, and what it cost."""

    def __init__(self, ranking: Mapping[str, float], cost: Mapping[str, int]) -> None:
        super().__init__(ranking)
        self.cost = dict(cost)


@dataclass(frozen=True)
class LLM(Staged, Served):
    """A language model that grades, chooses or orders the candidates of a first stage.

    paradigm: `pointwise`, one passage a request; `listwise`, a window that slides from the last
    candidates to the first, and its order; `setwise`, the best of a set, to sort the first `top`;
    `groupwise`, the grades of a group.
    score: of the pointwise one, a `grade` in its answer, or the `probability` that the first token
    is yes, of yes and no.
    backend: `endpoint`, or `transformers` in this process, greedy.
    served: the model's name at the endpoint; in process, a directory or a repository of the Hub.
    device: in process, torch's name of it.
    first_stage, depth, run, dense: what is ranked, see `stages`.
    prompt: a name or a file; without, the one of the paradigm.
    group_size, rounds: groups (and sets), and partitions into them, whose grades are averaged.
    window, step: of the listwise one.   asked: how often an unusable answer is asked for.
    weight: of the reranking, where it is fused with the first stage by z-scores; 1 is not fused.
    protocol: `grouprank` is the groupwise reranking as released, see `judge.released`; its groups
    begin every `interval` candidates.
    concurrency: queries that are asked about at a time.
    The other settings are those of `benchsuite.endpoint.Served`; in process, only cache counts, and
    revision: of the Hub's repository, a commit to be safe.
    """

    name: str = "llm"
    paradigm: str = "groupwise"
    score: str = "grade"
    backend: str = "endpoint"
    served: str = "default"
    url: str = "http://127.0.0.1:8000/v1"
    device: str = "cpu"
    prompt: str | None = None
    protocol: str = "benchsuite"
    first_stage: str = "bm25"
    depth: int = 100
    run: str | None = None
    dense: Settings | None = None
    group_size: int = 20
    interval: int = 20
    rounds: int = 3
    window: int = 20
    step: int = 10
    top: int = 10
    weight: float = 1.0
    temperature: float = 0.0
    max_tokens: int = 2048
    asked: int = 2

    def __post_init__(self) -> None:
        check(self)
        self.check()

    @property
    def fingerprint(self) -> str:
        """Covers the model, the prompt and the configuration.

        Of a model at an endpoint the name, the address and the stated revision are all that is
        known; in process, its files count.
        """
        parts = {
            key: getattr(self, key)
            for key in ("paradigm", "score", "protocol", "group_size", "interval", "rounds",
                        "window", "step", "top", "weight", "temperature", "max_tokens", "asked")
        }  # fmt: skip
        who = [self.who] if self.backend == "endpoint" else []
        model = [self._model, answers.READING, *who]
        return digest([parts, model, self._prompt.hash, fingerprint(self.stage)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, the prompt's hash among them."""
        wording = self._prompt
        return {
            "first_stage": self.first_stage,
            "depth": str(self.depth),
            **self._backbone,
            "backend": self.backend,
            "paradigm": self.paradigm,
            "prompt": wording.name,
            "prompt_hash": wording.hash,
            "protocol": self.protocol,
            **{key: str(getattr(self, key)) for key in self._varied},
        }

    @property
    def _varied(self) -> tuple[str, ...]:
        """The settings that are design factors."""
        interval = ("interval",) if self.protocol == "grouprank" else ()
        weight = ("weight",) if self.weight != 1 else ()
        return SETTINGS[self.paradigm] + interval + weight

    @property
    def _prompt(self) -> Prompt:
        return prompt(self.prompt or ("yes-no" if self.score == "probability" else self.paradigm))

    @property
    def _model(self) -> str:
        return self.served if self.backend == "endpoint" else content(self._files)

    @property
    def _files(self) -> Path:
        return located(self.served, self.revision or None)

    @property
    def _backbone(self) -> dict[str, str]:
        if self.backend == "endpoint":
            return {"backbone": self.served, **self.stated}
        return {"backbone": Path(self.served).name, "weights": self._model}

    @cached_property
    def _backend(self) -> Backend:
        if self.backend == "transformers":
            return Local(self._files, self.folder, self.device)
        return self.endpoint

    def answered(self) -> list[Used]:
        """The answers of a server that were used; a model of this process is known by its files."""
        return super().answered() if self.backend == "endpoint" else []

    def __getstate__(self) -> dict[str, Any]:
        # A backend holds a lock.
        return {key: value for key, value in super().__getstate__().items() if key != "_backend"}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Costed]:
        """Rankings of the first stage's candidates, all of them (but see `protocol`)."""
        found = candidates(self.stage, state, inputs)
        # Made before there are threads, which share it.
        asker = _Asker(self._backend, self._prompt, self._request, state.shared["corpus"])
        with ThreadPoolExecutor(self.concurrency) as pool:
            return list(pool.map(partial(self._ranked, asker), inputs, found))

    @property
    def _request(self) -> dict[str, Any]:
        request = {
            "model": self._model, "temperature": self.temperature, "max_tokens": self.max_tokens,
            **self.more,
        }  # fmt: skip
        if self.score == "probability":
            request |= {"max_tokens": 1, "logprobs": True, "top_logprobs": ALTERNATIVES}
        return request

    def _ranked(self, asker: "_Asker", one: Inputs, found: Candidates) -> Costed:
        ask = partial(asker.answer, one.fields["query"], found.repeat)
        as_released = self.protocol == "grouprank"
        inquiry = Inquiry(found, ask, 1 if as_released else self.asked)
        ranking = (
            self._as_released(inquiry) if as_released
            else self._fused(self._order(inquiry), found)
        )  # fmt: skip
        return Costed(ranking, _cost(inquiry) | _states(inquiry))

    def _order(self, inquiry: Inquiry) -> list[str]:
        if self.paradigm == "pointwise":
            return ways.pointwise(inquiry, self._read_one)
        if self.paradigm == "listwise":
            return ways.listwise(inquiry, self.window, self.step)
        if self.paradigm == "setwise":
            return ways.setwise(inquiry, self.group_size, self.top)
        return ways.groupwise(inquiry, self.group_size, self.rounds)

    def _read_one(self, answer: Answer, number: int) -> answers.Graded:
        if self.score == "grade":
            return answers.grade(answer.text, answer.complete)
        if answer.first is None:
            raise BadData(
                f"{self.url}: expected log-probabilities of the first token, found none; "
                f"model.score=grade reads a grade instead"
            )
        return answers.probability(answer.first, exact=self.backend == "transformers")

    def _as_released(self, inquiry: Inquiry) -> dict[str, float]:
        found = inquiry.found
        groups = released.groups(
            found.shown, self.group_size, self.interval, self.rounds, found.key
        )
        answered = [(group, inquiry.read(group, released.reading).text) for group in groups]
        return dict(released.ranked(answered, self.depth))

    def _fused(self, order: Sequence[str], found: Candidates) -> dict[str, float]:
        ranking = by_rank(order)
        if self.weight == 1:
            return ranking
        return weighted((ranking, found.scores), (self.weight, 1 - self.weight), standardised=True)


def _cost(inquiry: Inquiry) -> dict[str, int]:
    return {
        "requests": len(inquiry.answers),
        "tokens_in": sum(answer.tokens_in for answer in inquiry.answers),
        "tokens_out": sum(answer.tokens_out for answer in inquiry.answers),
    }


def _states(inquiry: Inquiry) -> dict[str, int]:
    counted: tuple[answers.State, ...] = ("repaired", "unusable")
    states = {state: inquiry.states.count(state) for state in counted}
    return states | {QUESTIONS: inquiry.questions, UNREAD: inquiry.unread}


@dataclass(frozen=True)
class _Asker:
    """Asks about documents. settings: those of every request.   texts: of all documents."""

    backend: Backend
    wording: Prompt
    settings: Mapping[str, Any]
    texts: Mapping[str, str]

    def answer(self, query: str, repeat: str, documents: Sequence[str], time: int) -> Answer:
        text = self.wording.filled(query, [self.texts[document] for document in documents])
        request = {**self.settings, "messages": [{"role": "user", "content": text}]}
        # The same order asked again is another question to a model that draws its words: only then
        # can the noise of a repeat be distinguished from the effect of an order.
        salt = f"{repeat}#{time}" if time else repeat
        return self.backend.ask(request, self.wording.hash, salt)
