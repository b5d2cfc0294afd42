"""Retrieval and reranking, scored as BRIGHT does."""
