"""Numbers in the layouts of others, as rows of a reported board."""
