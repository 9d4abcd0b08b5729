"""Machines that cost less because they may be taken away: for services with a reserve, and for jobs with a deadline."""
