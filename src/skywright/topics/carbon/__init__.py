"""Carbon: what ran, stood and moved -> energy and greenhouse gas, as ranges, and the share of the cost that has no estimate."""
