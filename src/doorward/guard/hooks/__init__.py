"""Hooks that run inside the command's interpreters, brought by environment variables, and the log they write.

Nothing of the user's environment is changed: no file is installed, and where the variables do not reach (pip's isolated
builds replace PYTHONPATH) the process's own facts and the stack of the stopped thread attribute the call.
"""
