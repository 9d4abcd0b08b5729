"""The company in the lab: what it runs, and what went wrong there over the years."""
