"""Tables to the terminal, Markdown, CSV, Parquet and JSON."""
