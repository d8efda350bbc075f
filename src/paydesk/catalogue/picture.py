"""The pictures of a product, the first of which stands for it in lists."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base

# Below the data directory; a file's name there is made from its content, and never used again.
MEDIA = "media"


class Picture(Base):
    """One row is one picture of a product and what it shows, in words."""

    __tablename__ = "paydesk_pictures"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("paydesk_products.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    # `media/NAME`: a file the shop was given, below its data directory. Another name: a drawing
    # that comes with the program. `/path`: a file of the host app's.
    file: Mapped[str] = mapped_column(String(300))
    # Read aloud in the picture's place; empty where it shows nothing that is not written beside it.
    alt: Mapped[str] = mapped_column(String(300), default="")
