"""The demo: a shop whose leavers are known, played through real servers and workers at high speed.

Playing, watching and comparing belong here; what the command says of it is in `view`, `report` and the command line.
"""
