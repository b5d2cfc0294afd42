"""The first documents of a list, by choices of one among a few: a heap of many children a node.

Setwise heapsort: Zhuang et al., arXiv 2310.09497, section 3.
"""

from collections.abc import Callable, Sequence

Best = Callable[[Sequence[str]], int]
"""The place of the best of some documents."""


def first(documents: Sequence[str], number: int, size: int, best: Best) -> list[str]:
    """The `number` best documents, the best one first; `best` sees at most `size` at a time.

    size: at least 2. With n documents a heap takes n / (size - 1) choices, or up to twice as many,
    and each document after the first about log n / log(size - 1) more. Of pairs it is a chain:
    about n² / 4 choices, and n for each document after the first.
    """
    heap, found = list(documents), list[str]()
    for node in reversed(range(len(heap))):
        _sift(heap, node, size - 1, best)
    while heap and len(found) < number:
        found.append(heap[0])
        last = heap.pop()
        if heap and len(found) < number:
            heap[0] = last
            _sift(heap, 0, size - 1, best)
    return found


def _sift(heap: list[str], node: int, children: int, best: Best) -> None:
    while True:
        start = node * children + 1
        places = [node, *range(start, min(start + children, len(heap)))]
        if len(places) == 1:
            return
        chosen = places[best([heap[place] for place in places])]
        if chosen == node:
            return
        heap[node], heap[chosen] = heap[chosen], heap[node]
        node = chosen
