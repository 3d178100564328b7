"""One file a command: ``HELP``, ``configure(parser)``, ``run(options) -> exit code``; its docstring is its help."""
