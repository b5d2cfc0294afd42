"""Language models as judges of relevance: prompts, paradigms, answers, and what gives them."""
