"""How few bins hold all the items: vectors of sizes into bins of one or several kinds, with a proven bound."""
