"""The corridor: one room per stage, strangers to each other. cycle.py walks one turn through all of them."""
