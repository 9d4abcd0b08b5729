"""Series of numbers in time: what is expected of them, and where they surprise. Pure; numpy inside."""
