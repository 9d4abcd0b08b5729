"""Plan x guard rails x twin -> Verdict: all objections at once."""
