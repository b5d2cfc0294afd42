"""Semantic textual similarity: do a model's scores of sentence pairs order them as people do?"""
