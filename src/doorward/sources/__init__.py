"""Where facts come from: networks, archives, manifests. Everything read here may be written by an attacker."""
