"""How much to commit to, when: the least that a known demand can cost, and a policy that does not know the future."""
