"""A cloud on a laptop, for the demo, the tests and anyone who evaluates us. Never imported by the floors above but the doors."""
