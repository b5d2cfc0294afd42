"""Where the datasets come from, and what they hold: facts, each with who says so."""

from typing import Final

from benchsuite.dataset import Dataset
from benchsuite.task import Access, Content, Origin, Part, Repository

from .bright import REPOSITORY, STACKEXCHANGE
from .bright_pro import REPOSITORY as PRO
from .collection import grades_of
from .r2med import FILES, SETS

BEIR: Final = (
    Part("corpus.jsonl*", "documents: _id, title, text; or TREC's files of <DOC>", needed=False),
    Part("queries.jsonl*", "queries: _id, text; or TREC's topics", needed=False),
    Part("qrels/*.tsv*", "judgements: query-id, corpus-id, score; or *qrel*", needed=False),
)
OF_SPLIT: Final = {
    "aops": 111, "biology": 103, "earth-science": 116, "economics": 103, "leetcode": 142,
    "pony": 112, "psychology": 101, "robotics": 101, "stackoverflow": 117,
    "sustainable-living": 108, "theoremqa-questions": 194, "theoremqa-theorems": 76,
}  # fmt: skip
"""BRIGHT's queries; they are also the lines of its rows at castorini/anserini-tools."""
ASKED: Final = {
    "Biology": (103, 57_359), "Bioinformatics": (77, 47_473), "Medical-Sciences": (88, 34_810),
    "MedXpertQA-Exam": (97, 61_379), "MedQA-Diag": (118, 56_250), "PMC-Treatment": (150, 28_954),
    "PMC-Clinical": (114, 60_406), "IIYi-Clinical": (129, 10_449),
}  # fmt: skip
"""R2MED's queries and documents, as the page of R2MED/R2MED has them."""

OWN: Final = Origin(
    title="a directory of your own, in BEIR's layout or with TREC's files",
    licence="your own",
    access=Access.OWN,
    layout=BEIR,
)
BRIGHT: Final = Origin(
    title="BRIGHT, a benchmark for reasoning-intensive retrieval",
    licence="CC BY 4.0",
    rights="the documents are pages of others, under their own terms",
    access=Access.OPEN,
    homepage="https://huggingface.co/datasets/xlangai/BRIGHT",
    citation="Su et al., ICLR 2025, https://arxiv.org/abs/2407.12883",
    layout=(
        Part("examples/*", "queries with their judgements, a file a split"),
        Part("documents/*", "passages, a file a split"),
        Part("long_documents/*", "pages: dataset.documents=long", needed=False),
        Part("*_reason/*", "a model's reasoning: dataset.queries=gpt4", needed=False),
    ),
    repositories=(Repository(*REPOSITORY, ("examples/*", "documents/*")),),
    contents=(
        Content(
            {"samples": sum(OF_SPLIT.values()), **{f"split={k}": v for k, v in OF_SPLIT.items()}},
            "the queries of its rows, counted 2026-11-28",
        ),
    ),
)
PRO_ORIGIN: Final = Origin(
    title="BRIGHT-Pro: questions of BRIGHT with expert judgements and aspects",
    licence="MIT",
    rights="the documents are pages of others, under their own terms",
    access=Access.OPEN,
    homepage="https://huggingface.co/datasets/yale-nlp/Bright-Pro",
    citation="Zhao et al. 2026, https://arxiv.org/abs/2605.04018",
    layout=(
        Part("examples/*", "queries with their judgements, a file a split"),
        Part("documents/*", "passages, a file a split"),
        Part("aspects/*", "aspects of each query with their documents, a file a split"),
    ),
    repositories=(Repository(*PRO, ("examples/*", "documents/*", "aspects/*")),),
)
ANSWERS: Final = Origin(
    title="BRIGHT's StackExchange questions, over their accepted answers",
    licence=BRIGHT.licence,
    public=True,
    access=Access.OPEN,
    homepage=BRIGHT.homepage,
    citation=BRIGHT.citation,
    layout=BRIGHT.layout[:1],
    repositories=(Repository(*REPOSITORY, ("examples/*",)),),
    contents=(
        Content(
            {
                "samples": 749,
                "documents": 749,
                **{f"split={name}": OF_SPLIT[name] for name in STACKEXCHANGE},
            },
            "measured 2026-11-28 on the rows at castorini/anserini-tools",
            fingerprint="2468fd94b8032c530cde3c2ebac70f1a",
        ),
    ),
)
R2MED: Final = Origin(
    title="R2MED, a benchmark for reasoning-driven medical retrieval",
    licence="CC BY 4.0",
    access=Access.OPEN,
    homepage="https://github.com/R2MED/R2MED",
    citation="Li, Zhou and Liu 2025, https://arxiv.org/abs/2505.14558",
    layout=tuple(
        Part(f"{name}/{file}", "documents, queries or judgements of a set")
        for name in SETS
        for file in FILES
    ),
    repositories=tuple(
        Repository(f"R2MED/{name}", commit, FILES, name) for name, commit in SETS.items()
    ),
    contents=(
        Content(
            {
                "samples": sum(queries for queries, _ in ASKED.values()),
                "documents": sum(documents for _, documents in ASKED.values()),
                **{f"split={name}": queries for name, (queries, _) in ASKED.items()},
            },
            "the page of R2MED/R2MED",
        ),
    ),
)
BIRCO: Final = Origin(
    title="BIRCO, retrieval with complex objectives: graded pools of documents",
    licence="CC BY-NC 4.0",
    access=Access.OPEN,
    homepage="https://github.com/BIRCO-benchmark/BIRCO",
    citation="Wang et al. 2024, BIRCO: Information Retrieval Tasks with Complex Objectives",
    layout=tuple(Part(f"*/{part.path}", part.holds) for part in BEIR),
    steps=(
        "take the test sets from the homepage, and write each in BEIR's layout, a folder a set",
    ),
)
ORIGINS: Final = {
    "stdlib-mini": Origin(
        title="questions about Python's standard library; the corpus is its docstrings",
        licence="PSF-2.0",
        public=True,
        rights="the docstrings; the questions are Apache-2.0",
        access=Access.INCLUDED,
    ),
    "beir": OWN,
    "trec": OWN,
    "birco": BIRCO,
    "bright": BRIGHT,
    "bright-answers": ANSWERS,
    "bright-pro": PRO_ORIGIN,
    "r2med": R2MED,
}


def contents(dataset: Dataset) -> dict[str, int]:
    """The documents of the corpus, and the judgements above zero."""
    grades = [grade for sample in dataset.samples() for grade in grades_of(sample).values()]
    corpus = dataset.shared.get("corpus")
    return {
        **({} if corpus is None else {"documents": len(corpus)}),
        "relevant": sum(grade > 0 for grade in grades),
    }
