"""Small rerankers on frozen features of all-MiniLM-L6-v2, one for each paradigm."""
