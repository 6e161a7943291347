"""`scan`: rows in, rows out; what is wrong is named by its row number, and the other rows are answered."""

import io
import json
from pathlib import Path

import pytest

from bot import scan
from bot.scan import EXAMPLE_FORMATS, LONGEST_LINE, LONGEST_TEXT


def run(data: bytes, **options) -> tuple[int, list[dict], list[str]]:
    """Exit code, output rows, error lines."""
    out, err = io.StringIO(), io.StringIO()
    code = scan.run(io.BytesIO(data), out, err, EXAMPLE_FORMATS, **({"explain": None, "score": None} | options))
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue().splitlines()


def row(**fields) -> bytes:
    """One input line."""
    return json.dumps({"id": "1", "format": "plain", **fields}, ensure_ascii=False).encode() + b"\n"


def test_spans_and_retro_are_written() -> None:
    """A plain row, an HTML row and a conversation whose second message completes the first."""
    data = row(text="IBAN DE89370400440532013000") + row(id="2", text="<b>hallo</b>", format="html")
    data += row(id="3", text="DE89 3704 0044", conversation="c", seq=0)
    data += row(id="4", text="0532 0130 00", conversation="c", seq=1)
    code, rows, errors = run(data)
    assert (code, errors) == (0, [])
    assert rows == [
        {"id": "1", "spans": [{"start": 5, "end": 27, "type": "IBAN"}]},
        {"id": "2", "spans": []},
        {"id": "3", "spans": []},
        {
            "id": "4",
            "spans": [{"start": 0, "end": 12, "type": "IBAN"}],
            "retro": [{"id": "3", "start": 0, "end": 14, "type": "IBAN"}],
        },
    ]


def test_only_the_five_types_are_written() -> None:
    """Identifiers and requests stay out of the output; our own sign-in command counts as a credential."""
    _, rows, _ = run(
        row(text="Marktlokation 51238696781") + row(text="Wie lautet Ihre IBAN?") + row(text="CODE 482913")
    )
    assert [[s["type"] for s in r["spans"]] for r in rows] == [[], [], ["CREDENTIAL"]]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{not json}\n", "JSON"),
        (b'["a"]\n', "object"),
        (b'{"id":"1","text":"a","text":"b"}\n', "twice"),
        (b'{"id":"1","text":NaN}\n', "NaN"),
        (b'{"id":"1","text":"\xff\xfe"}\n', "UTF-8"),
        (b'{"id":1,"text":"a"}\n', "id"),
        (b'{"id":"1","text":null}\n', "text"),
        (b'{"id":"1"}\n', "text"),
        (b'{"id":"1","text":"a","format":"markdown"}\n', "format"),
        (b'{"id":"1","text":"a","conversation":7}\n', "conversation"),
        (b'{"id":"1","text":"a","seq":"1"}\n', "seq"),
        (b'{"id":"1","text":"a","seq":true}\n', "seq"),
        (b'{"id":"1","text":"a","seq":1e400}\n', "seq"),
        (b'{"id":"1","text":"\\ud800"}\n', "surrogate"),
        (b'{"id":"\\ud800","text":"a"}\n', "surrogate"),
        (b"[" * 100_000 + b"\n", "JSON"),
        (row(text="x" * (LONGEST_TEXT + 1)), "longer"),
        (b'{"id":"' + b"x" * LONGEST_LINE + b'"}\n', "longer"),
    ],
)
def test_a_malformed_row_is_named_and_the_others_are_answered(line: bytes, says: str) -> None:
    """One error line with the row's number and reason, never its text; exit 2; the rows around are answered."""
    code, rows, errors = run(row(id="a", text="geheimes") + line + row(id="b", text="PIN: 4711"))
    assert code == 2
    assert [r["id"] for r in rows] == ["a", "b"]
    assert len(errors) == 1
    assert errors[0].startswith("row 2: ")
    assert says in errors[0]
    assert len(errors[0]) < 120


def test_blank_lines_and_no_input_are_no_error() -> None:
    """Nothing in, nothing out."""
    assert run(b"") == (0, [], [])
    assert run(b"\n  \n") == (0, [], [])


def test_explain_says_what_was_found_and_what_was_left_alone() -> None:
    """The account names the evidence of the finding and of the candidate that was rejected."""
    out = io.StringIO()
    text = "IBAN DE89370400440532013000, Auftragsnummer 4111111111111111"
    code = scan.run(io.BytesIO(), out, io.StringIO(), EXAMPLE_FORMATS, explain=text, score=None)
    assert code == 0
    assert "found: IBAN at 5-27" in out.getvalue()
    assert "bank-code +3.0" in out.getvalue()
    assert "left alone: CARD" in out.getvalue()
    assert "other-label -6.0" in out.getvalue()


def test_score_prints_a_confusion_matrix(tmp_path: Path) -> None:
    """Labelled rows are counted by label and kind; a malformed label is named, exit 2."""
    labelled = tmp_path / "labelled.jsonl"
    span = {"start": 5, "end": 9, "type": "CREDENTIAL"}
    labelled.write_bytes(
        row(text="PIN: 4711", spans=[span]) + row(id="2", text="hallo", spans=[]) + row(id="3", text="x", spans=[span])
    )
    out, err = io.StringIO(), io.StringIO()
    code = scan.run(io.BytesIO(), out, err, EXAMPLE_FORMATS, explain=None, score=labelled)
    assert code == 2
    assert err.getvalue() == "row 3: spans must be a list of spans within the text\n"
    cells = next(line.split() for line in out.getvalue().splitlines() if line.split()[0] == "CREDENTIAL")
    assert cells == ["CREDENTIAL", "0", "0", "0", "1", "0", "0"]
    assert "false alarms: 0 of 1 harmless messages" in out.getvalue()


def test_score_of_a_missing_file_says_so(tmp_path: Path) -> None:
    """A file that is not there is one clear line and exit 2."""
    err = io.StringIO()
    assert scan.run(io.BytesIO(), io.StringIO(), err, EXAMPLE_FORMATS, explain=None, score=tmp_path / "no") == 2
    assert err.getvalue().startswith("no: ")
