"""Language models as judges of relevance: prompts, paradigms, answers, and who gives them."""
