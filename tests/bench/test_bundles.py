"""A thousand tamperings of each kind, and a thousand clean bundles: all found and located, no false alarm."""

import json
from random import Random
from time import perf_counter

import pytest

from service.history.verify_bundle import Check
from tests.bench.figures import report
from tests.support import evidence
from tests.support.tampering import KINDS, tampered

TIMES = 1_000


@pytest.fixture(scope="module")
def happened(office):
    evidence.furnish(office)
    return evidence.happen(office)


@pytest.fixture(scope="module")
def whole(office, happened):
    return evidence.bundle(office, [happened.parent, happened.booking, happened.report])


@pytest.mark.parametrize("kind", KINDS)
def test_every_tampering_is_found_and_located(whole, kind):
    key, missed, began = whole["key.txt"].decode(), [], perf_counter()
    for seed in range(TIMES):
        files, (code, place) = tampered(whole, kind, Random(f"{kind} {seed}"))
        check = Check(files, key=key)
        located = [details for each, details in check.findings if each == code]
        first = located[:1] if code == "EVENT" else located
        if check.status not in (1, 2) or not any(place.items() <= details.items() for details in first):
            missed.append(seed)

    report(f"tampering, {kind}", times=TIMES, missed=len(missed), seconds=f"{perf_counter() - began:.1f}")
    assert missed == []


def test_no_clean_bundle_gives_an_alarm(office, whole):
    keys = [int(entry["key"]) for entry in json.loads(whole["manifest.json"])["instances"]]
    alarms, events, began = 0, 0, perf_counter()
    for seed in range(TIMES):
        random = Random(seed)
        chosen = random.sample(keys, random.randint(1, len(keys)))
        check = Check(evidence.bundle(office, chosen, personal=random.random() < 0.5))
        alarms, events = alarms + (check.status != 0), events + check.events

    report("clean bundles", times=TIMES, alarms=alarms, events=events, seconds=f"{perf_counter() - began:.1f}")
    assert alarms == 0
