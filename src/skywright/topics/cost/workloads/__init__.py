"""Clusters: machines' costs split among what ran on them, with what is idle; together the bill, to the last digit."""
