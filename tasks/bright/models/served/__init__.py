"""Rerankers and embedders behind a server."""
