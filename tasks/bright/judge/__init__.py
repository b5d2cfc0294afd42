"""Language models as judges of relevance: prompts, answers, and the endpoint that gives them."""
