"""The switches of the simulator: points that Butlr's documentation leaves open, and the possible readings.

Plain data that any Python from 3.11 on can import before the project is set up; `scripts/demo --help` lists it.
"""

from collections.abc import Mapping

READINGS: Mapping[str, tuple[str, ...]] = {
    "traffic_label": ("end", "start"),
    "estimate_label": ("start", "end"),
    "presence_label": ("start", "end"),
    "dead_rows": ("zero", "none"),
    "incomplete_rows": ("none", "data_incomplete", "dataIncomplete", "null_percentage", "nullPercentage", "null_value"),
    "absent_estimates": ("absent", "zero"),
    "estimate_day": ("site", "utc"),
    "flag_scope": ("occupancy", "all"),
    "second_webhook": ("allowed", "refused"),
    "refusal": ("code", "path", "400", "422"),
    "weekday_case": ("capitalized", "lower", "any", "ignored"),
    "heatmap_shape": ("wrapped", "object", "bare", "objects"),
    "heatmap_path": ("both", "/v3/detections", "/api/v3/detections"),
    "webhook_input": ("snake", "camel", "both"),
    "minute_suffix": ("1MIN", "1M"),
    "stats_shape": ("measurement", "both"),
    "raw_shape": ("nested", "flat"),
    "graphql_unauthenticated": ("http", "errors"),
}
"""The possible readings of each point.

The first is the default: what production recordings show, or else what most sources say.
"""
