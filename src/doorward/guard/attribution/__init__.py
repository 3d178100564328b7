"""Who is behind a call: layers that each claim something, and the rule that chooses among them."""
