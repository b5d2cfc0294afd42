"""The training of the learned rerankers."""
