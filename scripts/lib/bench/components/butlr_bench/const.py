"""What the benchmark and its component in Home Assistant agree on."""

from typing import Final

DOMAIN: Final = "butlr_bench"
# The webhooks of the designs that Butlr's is compared with.
PARSE_ONLY: Final = "bench-parse-only"
TEXTBOOK: Final = "bench-textbook"
TARGETED: Final = "bench-targeted"
# What an entry of this component is: its design, and the entry of Butlr whose entities it copies.
CONF_DESIGN: Final = "design"
CONF_COPY_OF: Final = "copy_of"
DESIGN_BARE: Final = "bare"
DESIGN_TEXTBOOK: Final = "textbook"
DESIGN_TARGETED: Final = "targeted"
