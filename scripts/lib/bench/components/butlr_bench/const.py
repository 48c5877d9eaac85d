"""Names that the benchmark and its component in Home Assistant share."""

from typing import Final

DOMAIN: Final = "butlr_bench"
# Designs, which are also webhook ids.
PARSE_ONLY: Final = "parse_only"
BARE: Final = "bare"
TEXTBOOK: Final = "textbook"
# The data of an entry: its design, and the Butlr entry whose entities it copies.
CONF_DESIGN: Final = "design"
CONF_COPY_OF: Final = "copy_of"
