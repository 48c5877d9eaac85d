"""The label of rows is found from answers, whatever a cloud does."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.butlr.api.buckets import BUCKETS, DAY, HOUR, bucket_start, midnight, zone_named
from custom_components.butlr.api.findings import Findings
from custom_components.butlr.api.labels import Label, bucket_named, find_label, label_of
from custom_components.butlr.api.questions import Asset, Measurement, Question

ZONES = ("UTC", "Europe/Copenhagen", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu")


def at(text: str) -> float:
    """Return the timestamp of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def asked(start: float, stop: float, every: str, zone: str = "UTC") -> Question:
    """Return a question about crossings."""
    return Question(
        measurement=Measurement.TRAFFIC,
        asset=Asset.ROOMS,
        ids=("a",),
        start=start,
        stop=stop,
        every=every,
        time_zone=zone,
    )


def buckets(question: Question) -> list[tuple[float, float]]:
    """Return start and end of the buckets of a range; the last one ends with the range."""
    zone, found = ZoneInfo(question.time_zone), []
    begin = bucket_start(question.start, question.every, zone)
    while begin < question.stop:
        length = BUCKETS[question.every]
        end = midnight(begin, zone, 1) if length == DAY else begin + length
        found.append((begin, end))
        begin = end
    return found


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Return a question about some buckets; its range may end inside one."""
    zone = draw(st.sampled_from(ZONES))
    every = draw(st.sampled_from(sorted(BUCKETS)))
    timestamp = draw(st.integers(int(at("2026-01-01")), int(at("2026-12-01"))))
    start = bucket_start(float(timestamp), every, zone_named(zone))
    length = draw(st.integers(1, 40)) * BUCKETS[every]
    return asked(start, start + length - draw(st.sampled_from([0, 0, 1, 59, 60])), every, zone)


@given(questions(), st.sampled_from(Label), st.data())
def test_found_right_or_not_at_all(question: Question, label: Label, data: st.DataObject) -> None:
    """Whichever buckets have rows, and with either label, a found label is right, and every row gets its bucket."""
    assume(question.stop > question.start)
    whole = buckets(question)
    some = data.draw(st.lists(st.sampled_from(whole), unique=True))
    clipped = data.draw(st.booleans())
    times = {}
    for begin, end in some:
        time = begin if label is Label.START else min(end, question.stop) if clipped else end
        times[time] = begin
        # On a day of another length it is unknown where long buckets start.
        if BUCKETS[question.every] <= HOUR or BUCKETS[question.every] == DAY:
            assert bucket_named(question, time, label) == begin
    found = find_label(question, times)
    assert found in (None, label)
    if len(some) == len(whole) and (BUCKETS[question.every] <= HOUR or BUCKETS[question.every] == DAY):
        assert found is label


def test_what_production_showed() -> None:
    """The hourly answer has at 15:00 what the answer in five-minute buckets has at 14:40, 14:55 and 15:00."""
    by_hour = asked(at("2026-06-22T10:00:00"), at("2026-06-22T15:24:45"), "1h")
    assert bucket_named(by_hour, at("2026-06-22T15:00:00"), Label.END) == at("2026-06-22T14:00:00")
    by_minutes = asked(at("2026-06-22T14:25:00"), at("2026-06-22T15:24:45"), "5m")
    for time, begin in (("14:40", "14:35"), ("14:55", "14:50"), ("15:00", "14:55")):
        timestamp = at(f"2026-06-22T{time}:00")
        assert bucket_named(by_minutes, timestamp, Label.END) == at(f"2026-06-22T{begin}:00")
    # The last hour of a day belongs to that day.
    day = asked(at("2026-06-22T00:00:00"), at("2026-06-23T00:00:00"), "1h")
    assert bucket_named(day, at("2026-06-23T00:00:00"), Label.END) == at("2026-06-22T23:00:00")


def test_an_answer_that_contradicts_itself_tells_nothing() -> None:
    """Rows at both ends of the range contradict each other and reveal nothing."""
    day = asked(at("2026-06-22T00:00:00"), at("2026-06-23T00:00:00"), "1h")
    assert find_label(day, [day.start, day.stop]) is None
    assert find_label(day, []) is None
    assert find_label(day, [day.start - HOUR, day.stop + HOUR]) is None


def test_defaults_and_findings() -> None:
    """What recordings prove holds until an answer shows otherwise; counts of all kinds of spaces share a label."""
    findings = Findings()
    assert label_of(Measurement.TRAFFIC, findings) is Label.END
    assert label_of(Measurement.TRAFFIC_ROOM_OCCUPANCY, findings) is Label.START
    assert label_of(Measurement.TRAFFIC_FLOOR_OCCUPANCY, findings) is Label.START
    assert label_of(Measurement.ROOM_OCCUPANCY, findings) is None
    assert label_of(Measurement.ROOM_PRESENCE_TIME, findings) is None
    findings.note("label.traffic", "start")
    assert label_of(Measurement.TRAFFIC, findings) is Label.START
    findings.note("label.room_occupancy", "end")
    assert label_of(Measurement.ROOM_OCCUPANCY, findings) is Label.END
    assert label_of(Measurement.ZONE_OCCUPANCY, findings) is Label.END
    assert label_of(Measurement.ROOM_PRESENCE_TIME, findings) is None
    findings.note("label.floor_occupancy", "start")
    assert label_of(Measurement.ZONE_OCCUPANCY, findings) is None


def test_findings() -> None:
    """Findings are reported to listeners once, can be stored and restored, and are always valid readings."""
    findings, heard = Findings(), []
    end = findings.listen(lambda: heard.append(findings.as_dict()))
    findings.note("estimate_day", "utc")
    findings.note("estimate_day", "utc")
    assert heard == [{"estimate_day": "utc"}]
    end()
    findings.note("estimate_day", "site")
    assert len(heard) == 1
    with pytest.raises(ValueError, match="not a possible finding"):
        findings.note("estimate_day", "noon")
    with pytest.raises(KeyError):
        findings.note("weather", "rain")
    other = Findings()
    other.note("label.traffic", "end")
    other.restore(
        {"estimate_day": "utc", "label.traffic": "start", "label.presence": "noon", "weather": "rain", "x": 5}
    )
    assert other.as_dict() == {"estimate_day": "utc", "label.traffic": "end"}
