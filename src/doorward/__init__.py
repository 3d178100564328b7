"""doorward finds backdoored releases of open-source libraries before they are installed, and says why."""

__version__ = "0.1.0"
