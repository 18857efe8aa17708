from app.readings import KEPT, Readings


def test_old_readings_make_room():
    readings = Readings()
    for value in range(KEPT + 5):
        readings.add("attic", value)
    summary = readings.summary("attic")
    assert (summary.count, summary.lowest) == (KEPT, 5)
