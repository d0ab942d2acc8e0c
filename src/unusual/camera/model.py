"""A camera's model, as its card tells of it."""

from unusual.errors import CheckpointError
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.store.cameras import CameraCard
from unusual.store.home import Home


def load_model(home: Home, card: CameraCard) -> Checkpoint:
    """Load the model that a card was made of: events name the model by the card, so it must be that one.

    Raises:
        CheckpointError: there is none, it is broken, or it is another file than the card's.
    """
    folder = home.camera(card.name)
    checkpoint = load_checkpoint(folder)
    if checkpoint.sha256 != card.model_sha256:
        raise CheckpointError(
            f"the model in {folder} has changed: its SHA-256 is {checkpoint.sha256}, and its card was made of "
            f"{card.model_sha256}: put that file back, or learn the camera again"
        )
    return checkpoint
