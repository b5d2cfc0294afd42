"""The task `bright`: rank the documents of a corpus for each query, and score the ranking."""

from pathlib import Path

from benchsuite.task import Plug, Task

from .conditions import CONDITIONS
from .datasets.elsewhere import ELSEWHERE
from .datasets.origins import ORIGINS, contents
from .datasets.perquery import COLUMN_OF
from .datasets.rankings import RECOGNISED
from .formats import export, read_predictions
from .measure import measure, perfect
from .metrics import METRICS, chance_on
from .reports.look import look
from .reports.papers import PAPERS
from .reports.published import reported

HERE = "benchsuite_tasks.bright"

TASK = Task(
    name="bright",
    version=1,
    summary="retrieval and reranking: nDCG@10 of the ranking of a corpus for each query",
    measure=measure,
    perfect=perfect,
    metrics=METRICS,
    chance=chance_on,
    datasets={
        "stdlib-mini": Plug(
            "questions about Python's standard library; the corpus is its docstrings",
            f"{HERE}.datasets.mini:stdlib_mini",
        ),
        "beir": Plug("BEIR's layout: dataset.path=DIR", f"{HERE}.datasets.trec:trec"),
        "trec": Plug(
            "TREC's files, or BEIR's layout: dataset.path=DIR", f"{HERE}.datasets.trec:trec"
        ),
        "bright": Plug("BRIGHT: 12 splits with own documents", f"{HERE}.datasets.bright:bright"),
        "bright-pro": Plug(
            "BRIGHT-Pro: 7 splits, with aspects of each query",
            f"{HERE}.datasets.bright_pro:bright_pro",
        ),
        "bright-answers": Plug(
            "BRIGHT's questions over their accepted answers",
            f"{HERE}.datasets.bright:bright_answers",
        ),
        "r2med": Plug("R2MED: 8 sets with own documents", f"{HERE}.datasets.r2med:r2med"),
    },
    aliases=COLUMN_OF,
    elsewhere=ELSEWHERE,
    origins=ORIGINS,
    papers=PAPERS,
    contents=contents,
    models={
        "bm25": Plug("BM25 (Lucene's) by bm25s", f"{HERE}.models.bm25:BM25"),
        "minilm": Plug(
            "all-MiniLM-L6-v2, cosine: over the corpus, or over BM25's first documents",
            f"{HERE}.models.minilm:MiniLM",
        ),
        "learned": Plug(
            "a small reranker: pointwise, listwise or groupwise", f"{HERE}.models.learned:Learned"
        ),
        "fusion": Plug(
            "BM25 and MiniLM, by z-scores or reciprocal ranks", f"{HERE}.models.fusion:Fusion"
        ),
        "dense": Plug(
            "a model of sentence-transformers, over the corpus: model.path=DIR, or a name",
            f"{HERE}.models.dense:Dense",
        ),
        "cross-encoder": Plug(
            "a cross-encoder of sentence-transformers, over a first stage: model.path=DIR",
            f"{HERE}.models.crossencoder:CrossEncoder",
        ),
        "llm": Plug(
            "a language model over a first stage, at an endpoint or in process: model.served=NAME",
            f"{HERE}.models.llm:LLM",
        ),
        "rerank-endpoint": Plug(
            "a reranker behind a server, over a first stage: model.served=NAME model.url=URL",
            f"{HERE}.models.served.reranker:ServedReranker",
        ),
        "embeddings-endpoint": Plug(
            "an embedder behind a server, over the corpus: model.served=NAME model.url=URL",
            f"{HERE}.models.served.embedder:ServedEmbedder",
        ),
        "run": Plug("the rankings of a file: model.path=FILE", f"{HERE}.models.runfile:RunFile"),
    },
    own=Plug(
        "an encoder, a search or a reranker of yours: encode, search, rerank or predict",
        f"{HERE}.models.own.conventions:own",
    ),
    conditions=CONDITIONS,
    train={
        "pointwise": Plug("trained on each pair", f"{HERE}.training.recipes:pointwise"),
        "listwise": Plug("trained on whole lists", f"{HERE}.training.recipes:listwise"),
        "groupwise": Plug("trained on random groups", f"{HERE}.training.recipes:groupwise"),
        "groupwise-rl": Plug("groupwise, then GRPO", f"{HERE}.training.recipes:groupwise_rl"),
    },
    reports={
        "order": Plug(
            "sensitivity to the order of the candidates, and cost; conditions=clean,order,repeat",
            f"{HERE}.reports.order:report",
        ),
        "costs": Plug(
            "quality against requests, tokens and seconds (answers=CACHE) per query",
            f"{HERE}.reports.costs:report",
        ),
        "gains": Plug("gains over a first stage, by split", f"{HERE}.reports.gains:report"),
        "curves": Plug("quality by candidates and group size", f"{HERE}.reports.curves:report"),
    },
    read_predictions=read_predictions,
    recognised=RECOGNISED,
    predictions_in_parts=True,
    write_predictions=export,
    conf=Path(__file__).parent / "conf",
    reported=reported,
    look=look,
    extra="bright",
)
