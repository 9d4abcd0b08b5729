"""The demo: the whole loop on the lab, with the real command line, a kill in the middle and a fault on purpose.

``cast`` runs `skywright` in processes of its own and measures them, ``acts`` are what happens, ``story`` is the order of it,
``stage`` shows it to people. Every figure is computed from what the commands answered and from what the lab counted.
"""
