"""The scenario file is parsed strictly: what is right is read as written, what is wrong is refused with its line."""

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rehearsal.scenario import ScenarioError, load_scenario, parse_scenario
from bot.rehearsal.steps import STEP_NAMES, fill

BOOKED = "appointment: {advisor: {name: Petra Berater}, customer: {name: Erika Beispiel, email: erika@example.org}}\n"
JOINED = "steps:\n  - join: {who: petra, as: advisor}\n  - join: {who: erika, as: customer}\n"
EVERYTHING = (
    """\
title: everything the format has
language: en
profile: profiles/stadtwerke.yaml
"""
    + BOOKED
    + """\
platform: {hide_guest_messages: allow, targeted_messages: off, stop_recording: continues}
faults:
  - {on: graph, status: 503, times: 2}
  - {on: connector, status: 429, retry_after: 1, times: 1}
  - {on: login, lost_answer: true, times: 1}
  - {redeliver: every}
"""
    + JOINED
    + """\
  - press: {who: erika, card: welcome, action: accept}
  - press: {who: erika, card: sign_in, action: submit, inputs: {code: $code}, of: erika}
  - say: {who: erika, text: "one", html: "<b>one</b>", as: first}
  - edit: {who: erika, message: first, text: "two"}
  - delete: {who: erika, message: first}
  - undelete: {who: erika, message: first}
  - record: {who: petra, event: start}
  - transcribe: {who: petra, event: stop}
  - announce: {who: petra, purpose: "Dokumentation des Zählertauschs"}
  - mail: {from: erika@example.org, subject: Widerruf, text: "Ich widerrufe meine Einwilligung."}
  - web: {who: erika, page: check_in, inputs: {code: $code, consent: accept}}
  - say: {who: erika, text: "$claim"}
  - leave: {who: erika}
  - rejoin: {who: erika}
  - wait: 90s
  - crash: {}
  - wait: 3d
  - crash: {during: delete_chat}
  - end: {}
"""
)


def test_whole_format_is_read() -> None:
    """Every member and every step of the format is accepted and keeps its meaning."""
    scenario = parse_scenario(EVERYTHING)
    assert scenario.language == "en"
    assert scenario.profile is not None
    assert scenario.profile.name == "stadtwerke.yaml"
    assert scenario.appointment is not None
    assert scenario.appointment.customer_email == "erika@example.org"
    assert (scenario.switches.hide_guest_messages, scenario.switches.targeted_messages) == ("allow", "off")
    assert [fault.status for fault in scenario.faults] == [503, 429, None, None]
    assert [fault.lost_answer for fault in scenario.faults] == [False, False, True, False]
    assert scenario.faults[-1].redeliver
    assert {step.name for step in scenario.steps} == set(STEP_NAMES)
    assert scenario.steps[3].args["inputs"] == {"code": "$code"}
    assert [s.args["duration"] for s in scenario.steps if s.name == "wait"] == [
        timedelta(seconds=90),
        timedelta(days=3),
    ]
    assert [step.n for step in scenario.steps] == list(range(1, len(scenario.steps) + 1))


def test_least_file_is_read() -> None:
    """Steps alone make a scenario, with the documented defaults for everything else."""
    scenario = parse_scenario("steps: []")
    assert (scenario.language, scenario.profile, scenario.appointment) == ("de", None, None)
    assert scenario.switches.hide_guest_messages == "refuse"
    assert (scenario.faults, scenario.steps) == ((), ())


def say(body: str) -> str:
    return f"{JOINED}  - say: {body}\n"


WRONG = {
    "an unknown member": ("titel: x\nsteps: []", 1, "unknown key"),
    "no steps": ("title: x", 1, "'steps' is missing"),
    "a list instead of a mapping": ("- a", 1, "must be a mapping"),
    "steps that are no list": ("steps: {a: b}", 1, "must be a list"),
    "a key twice": ("steps: []\nsteps: []", 2, "stands twice"),
    "an unknown switch": ("platform:\n  hide_guests: allow\nsteps: []", 2, "unknown switch"),
    "a switch's wrong value": ("platform:\n  guest_cards: maybe\nsteps: []", 2, "allow, refuse"),
    "a switch that is a list": ("platform:\n  guest_cards: [allow]\nsteps: []", 2, "one word"),
    "an unknown language": ("language: fr\nsteps: []", 1, "de, en"),
    "a missing profile": ("profile: nowhere.yaml\nsteps: []", 1, "no such file"),
    "an appointment without mail": (
        "appointment:\n  advisor: {name: P}\n  customer: {name: E}\nsteps: []",
        3,
        "'email' is missing",
    ),
    "a mail address that is none": (BOOKED.replace("erika@example.org", "erika") + "steps: []", 1, "mail address"),
    "two mail addresses": (BOOKED.replace("erika@example.org", "'a@b.de,c@d.de'") + "steps: []", 1, "mail address"),
    "an unknown fault": ("faults:\n  - {on: disk, status: 500, times: 1}\nsteps: []", 2, "graph, connector, login"),
    "a fault's text status": ("faults:\n  - {on: graph, status: '503', times: 1}\nsteps: []", 2, "whole number"),
    "an octal status": ("faults:\n  - {on: graph, status: 0765, times: 1}\nsteps: []", 2, "whole number"),
    "a fault that is no error": ("faults:\n  - {on: graph, status: 200, times: 1}\nsteps: []", 2, "400 to 599"),
    "status and lost answer": (
        "faults:\n  - {on: graph, status: 500, times: 1, lost_answer: true}\nsteps: []",
        2,
        "either",
    ),
    "redeliver sometimes": ("faults:\n  - {redeliver: some}\nsteps: []", 2, "every"),
    "an unknown step": (f"{JOINED}  - dance: {{who: erika}}", 4, "unknown step"),
    "two steps in one": ("steps:\n  - leave: {who: a}\n    end: {}", 2, "exactly one"),
    "a step that is a word": (f"{JOINED}  - end", 4, "must be a mapping"),
    "a step without body": (f"{JOINED}  - end:", 4, "must be a mapping"),
    "an unknown key in a step": (say("{who: erika, text: a, txt: b}"), 4, "unknown key"),
    "a missing key in a step": (say("{who: erika}"), 4, "'text' is missing"),
    "a number as text": (say("{who: erika, text: 12}"), 4, "as int"),
    "a float as text": (say("{who: erika, text: 1.5}"), 4, "as float"),
    "a date as text": (say("{who: erika, text: 2026-03-02}"), 4, "as timestamp"),
    "nothing as text": (say("{who: erika, text: }"), 4, "as null"),
    "a list as text": (say("{who: erika, text: [a]}"), 4, "must be a text"),
    "a truth value as name": ("steps:\n  - join: {who: no, as: guest}", 2, "as bool"),
    "an octal code": (
        f"{BOOKED}{JOINED}  - press: {{who: erika, card: sign_in, action: submit, inputs: {{code: 012345}}}}",
        5,
        "as int",
    ),
    "an unknown role": ("steps:\n  - join: {who: a, as: boss}", 2, "advisor, customer"),
    "an unknown card": (f"{JOINED}  - press: {{who: erika, card: bill, action: pay}}", 4, "unknown card"),
    "an unknown action": (f"{JOINED}  - press: {{who: erika, card: welcome, action: pay}}", 4, "no action"),
    "an unknown event": (f"{JOINED}  - record: {{who: petra, event: pause}}", 4, "start, stop"),
    "an unknown effect": (f"{JOINED}  - crash: {{during: lunch}}", 4, "hide, delete_chat"),
    "a crash before everything": ("steps:\n  - crash: {during: hide}", 2, "right after"),
    "one person as two": (
        "steps:\n  - join: {who: a, as: guest}\n  - join: {who: a, as: customer}",
        3,
        "as guest before",
    ),
    "a person nobody knows": (f"{JOINED}  - leave: {{who: karl}}", 4, "'karl'"),
    "a guest nobody knows": (
        f"{JOINED}  - press: {{who: petra, card: advisor_status, action: vouch, of: karl}}",
        4,
        "'karl'",
    ),
    "a message not named yet": (f"{JOINED}  - delete: {{who: erika, message: first}}", 4, "'first'"),
    "a message name twice": (
        say("{who: erika, text: a, as: x}") + "  - say: {who: erika, text: b, as: x}",
        5,
        "taken",
    ),
    "a wait without unit": (f"{JOINED}  - wait: 90", 4, "as int"),
    "a wait in weeks": (f"{JOINED}  - wait: 2w", 4, "s, m, h or d"),
    "a negative wait": (f"{JOINED}  - wait: -2s", 4, "s, m, h or d"),
    "an endless wait": (f"{JOINED}  - wait: 9999999d", 4, "ten years"),
    "a code without a mail": (say('{who: erika, text: "CODE $code"}'), 4, "$code"),
    "a claim without check-in": (say('{who: erika, text: "$claim"}'), 4, "$claim"),
    "a code as a name": (f"{BOOKED}{say('{who: erika, text: a, as: $code}')}", 5, "texts and inputs only"),
    "an alias": ("title: &a x\nlanguage: *a\nsteps: []", 1, "anchors"),
    "a tag": ("steps: !!python/object/apply:os.system ['true']", 1, "tags"),
    "a local tag": ("title: !secret x\nsteps: []", 1, "tags"),
    "two documents": ("steps: []\n---\nsteps: []", 2, "one document"),
    "broken YAML": ("steps:\n  - {a: [", 3, "not valid YAML"),
    "a deep nest": ("steps: " + "[" * 5000, 1, "too deeply"),
    "a key that is a list": ("? [a]\n: b\nsteps: []", 1, "must be a text"),
    "a merge key": ("<<: {a: b}\nsteps: []", 1, "merge"),
    "an empty file": ("", None, "empty"),
    "only a comment": ("# nothing", None, "empty"),
    "an oversized file": ("#" * (1024 * 1024) + "\nsteps: []", None, "1 MB"),
}


@pytest.mark.parametrize(("source", "line", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_file_is_refused_with_its_line(source: str, line: int | None, words: str) -> None:
    """Each mistake gives an error that says what is wrong and on which line."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(source)
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize("raw", [b"steps: []\n# \xff", b"steps: []\x00", "title: \ud800\nsteps: []"])
def test_bytes_that_are_no_text_are_refused(raw: bytes | str) -> None:
    """Wrong encoding, control characters and lone surrogates are refused as such."""
    with pytest.raises(ScenarioError):
        parse_scenario(raw)


def test_alias_bomb_is_refused_before_it_grows() -> None:
    """A file of a few lines that would expand to billions of nodes is refused at its first anchor."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    with pytest.raises(ScenarioError, match="line 1: anchors"):
        parse_scenario("\n".join(lines))


def test_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """A path that leads nowhere, or to a folder, is reported like any other mistake."""
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioError, match="cannot be read"):
            load_scenario(path)


def test_placeholders_are_put_in_after_parsing() -> None:
    """A code that looks like YAML, or like a placeholder, arrives in the step as it is."""
    step = parse_scenario(BOOKED + say('{who: erika, text: "CODE $code, $codes"}')).steps[2]
    assert fill(step, "012345", None).args["text"] == "CODE 012345, $codes"
    assert fill(step, "$claim", None).args["text"] == "CODE $claim, $codes"
    with pytest.raises(ScenarioError, match="line 5: \\$code: no mail"):
        fill(step, None, None)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
KEYS = st.sampled_from(
    ["steps", "title", "platform", "faults", "appointment", "join", "say", "press", "who", "as", "wait", "text"]
) | st.text(max_size=8)
TREES = st.recursive(SCALARS, lambda t: st.lists(t, max_size=4) | st.dictionaries(KEYS, t, max_size=4), max_leaves=25)


@given(TREES)
@settings(max_examples=300, deadline=None)
def test_any_structure_is_read_or_refused(tree: Any) -> None:
    """No YAML-able structure makes the parser fail with anything but its own error."""
    text = yaml.safe_dump(tree, allow_unicode=True)
    with contextlib.suppress(ScenarioError):
        assert len(parse_scenario(text).steps) == len(tree["steps"])


@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes | str) -> None:
    """No sequence of bytes or characters makes the parser fail with anything but its own error."""
    with contextlib.suppress(ScenarioError):
        assert parse_scenario(raw).steps == ()
