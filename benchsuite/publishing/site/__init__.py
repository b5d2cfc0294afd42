"""A static site of published boards: pages, figures and the tables behind them."""
