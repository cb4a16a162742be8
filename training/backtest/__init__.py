"""Rolling-origin backtests: what a model of each past moment would have said of the time after it."""
