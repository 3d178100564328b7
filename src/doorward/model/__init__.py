"""The values that everything else speaks of. No network, no disk, no clock, no third party."""
