"""Saved container images: what ``docker save`` writes, and OCI layouts, as a tar file or as a folder.

Every layer is read for itself, also what a later one deletes: the bytes are in the image, and were there for whoever
built on that layer. Layers are read as streams, nothing is unpacked to disk, and no link is followed. Sources: the OCI
image specification 1.1 (image-layout.md, layer.md), and Docker's image specification 1.2 for ``manifest.json``.
"""

from __future__ import annotations

from doorward.sources.images._layers import Seen, Unread
from doorward.sources.images._manifests import Place, Saved
from doorward.sources.images._reading import Images, Sight, read_images

__all__ = ["Images", "Place", "Saved", "Seen", "Sight", "Unread", "read_images"]
