"""What an answer says once its thought is over. A thought that never ended is no answer.

Patterns here and beside it repeat nothing without a bound, so that the time to read an answer is
linear in its length.
"""

import re

_THOUGHT = r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad)"
_BEGINS = re.compile(
    rf"<\|?(?:begin_of_|start_|seed:)?{_THOUGHT}\|?>|\[think(?:ing)?\]|◁think(?:ing)?▷"
    r"|<\|inner_prefix\|>|<\|channel\|?>\s{0,9}(?:analysis|commentary|thought)\b"
    r"|\A\s{0,9}analysis(?=(?-i:[A-Z]))|here(?: is|['’]s) my thought process(?!\w)",
    re.IGNORECASE,
)
"""What begins a thought, as the models of this field write it: tags of Qwen, DeepSeek, Mistral,
Kimi, Cohere, Seed, Apertus and others; channels of harmony and Gemma; the words of Granite. Where a
server drops harmony's own tokens, `analysis` is glued to the first word."""
_ENDS = re.compile(
    rf"<\|?(?:/|end_of_|end_|/seed:){_THOUGHT}\|?>|</seed:think>|\[/think(?:ing)?\]"
    r"|◁/think(?:ing)?▷|<\|inner_suffix\|>|<channel\|>|<\|channel\|?>\s{0,9}final\b"
    r"|assistantfinal|here(?: is|['’]s) my response\b:?",
    re.IGNORECASE,
)
_OPEN, _CLOSED = re.compile(r"<answer>", re.IGNORECASE), re.compile(r"</answer>", re.IGNORECASE)
_LABEL = (
    r"json|passages?|documents?|docs?|ids?|numbers?|scores?|grades?|ratings?|relevance|rank(?:ing|ed)?"
    r"|order|final|answer|out|of|the|is|yes|no"
)
_SENTENCE = re.compile(rf"(?<![^\W\d_])(?!(?:{_LABEL})(?![^\W\d_]))[^\W\d_]", re.IGNORECASE)
"""The first letter of a word that is no label."""


def said(text: str, complete: bool = True) -> str:
    """The answer in `text`: after its thoughts, between the last `<answer>` tags if it has some.

    Empty where a thought began and did not end; an answer whose tags end the text has ended it.
    Of a text that is not `complete`, a number that nothing follows may have been cut off and does
    not count. Where nothing tells its thought from its answer, it counts up to its first sentence.
    """
    whole = text if complete else text.rstrip("0123456789.,/")
    ends = [end.end() for end in _ENDS.finditer(whole)]
    rest = whole[ends[-1] :] if ends else whole
    closed = complete and rest.rstrip()[-9:].lower() == "</answer>"
    if _BEGINS.search(rest) and not closed:
        return ""
    blocks = [_CLOSED.split(block)[0] for block in _OPEN.split(rest)]
    told = [block for block in blocks[1:] if block.strip()]
    if told or complete or ends:
        return (told or blocks)[-1]
    sentence = _SENTENCE.search(rest)
    return rest[: sentence.start()] if sentence else rest
