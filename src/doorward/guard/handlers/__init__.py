"""One handler a trapped call: it reads what the call wants, asks the watch, and answers."""
