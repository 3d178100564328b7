"""Rules about commits, tags, refs and the people behind them (DS0021)."""
