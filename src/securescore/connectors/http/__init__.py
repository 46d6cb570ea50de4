"""What every connector over https shares: time and limits, one exchange, retry, tokens."""
