"""The papers of the task, as commands that make their tables anew."""

from typing import Final

from benchsuite.task import Paper, Redo

_RUN: Final = ("run", "task=bright", "conditions=clean")
_BRIGHT: Final = (*_RUN, "dataset=bright", "dataset.path=data/bright")
_R2MED: Final = (*_RUN, "dataset=r2med", "dataset.path=data/r2med")
_DENSE: Final = (
    "model=dense", "model.path=BAAI/bge-large-en-v1.5", "model.device=cuda", "download=yes",
)  # fmt: skip
_SERVED: Final = ("model.served=NAME", "model.url=URL")
_ENDPOINT: Final = "a language model behind an OpenAI-compatible endpoint: NAME and URL"

PAPERS: Final = {
    "bright": Paper(
        title="BRIGHT (Su et al., ICLR 2025)",
        address="https://arxiv.org/abs/2407.12883",
        steps=(
            Redo("nDCG@10 of BM25, by split", (*_BRIGHT, "model=bm25")),
            Redo("nDCG@10 of a dense retriever, by split", (*_BRIGHT, *_DENSE)),
            Redo(
                "a language model reranks the first 100 of BM25",
                (*_BRIGHT, "model=llm", "model.paradigm=listwise", "model.depth=100", *_SERVED),
            ),
        ),
        needs=(_ENDPOINT, "a GPU for the dense retriever"),
        differs=("BRIGHT's BM25 weighs the query's words, too: its numbers are others",),
    ),
    "grouprank": Paper(
        title="GroupRank (arXiv 2511.11653)",
        address="https://arxiv.org/abs/2511.11653",
        steps=tuple(
            Redo(
                f"{paradigm} reranking of the first 100 on {name}",
                (*words, "model=llm", f"model.paradigm={paradigm}", "model.depth=100", *_SERVED),
            )
            for name, words in (("BRIGHT", _BRIGHT), ("R2MED", _R2MED))
            for paradigm in ("pointwise", "listwise", "groupwise")
        ),
        needs=(_ENDPOINT,),
        differs=(
            "the paper reranks an expanded first stage; here it is BM25 of the queries as asked",
        ),
    ),
    "r2med": Paper(
        title="R2MED (arXiv 2505.14558)",
        address="https://arxiv.org/abs/2505.14558",
        steps=(
            Redo("nDCG@10 of BM25, by set", (*_R2MED, "model=bm25")),
            Redo("nDCG@10 of a dense retriever, by set", (*_R2MED, *_DENSE)),
        ),
        needs=("a GPU for the dense retriever",),
    ),
}
"""By the name that `benchsuite papers` gives them."""
