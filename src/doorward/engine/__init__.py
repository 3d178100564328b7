"""Gather facts, ask the rules, decide: the flow that every command shares."""
