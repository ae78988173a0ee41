"""The loops: arrays in, arrays out. Nothing here knows names, YAML or plots."""
