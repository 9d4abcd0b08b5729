"""Where numbers beside costs come from: metrics by day."""
