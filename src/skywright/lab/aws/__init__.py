"""The AWS lab: moto's server on loopback, made stricter and wider, with a seeded company in it.

``process`` starts and stops it (the parent's side), ``serve`` is the child, ``front`` answers every request, ``strict`` holds
the rules of AWS that moto leaves out, ``seed`` builds the estate, ``answers`` says what a perfect audit would find.
"""
