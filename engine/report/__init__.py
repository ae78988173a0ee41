"""How findings are shown: figures and one self-contained page."""
