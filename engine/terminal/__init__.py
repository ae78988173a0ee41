"""How answers and progress look in a terminal. Only here and in `cli` are click and rich known."""
