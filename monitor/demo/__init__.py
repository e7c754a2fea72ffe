"""The demo: a shop whose leavers are known, played through real servers and workers at high speed.

Playing, watching, comparing and showing belong here; the command line only wires it up.
"""
