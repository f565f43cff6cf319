"""docs/webhooks.md: what a creator's program gets reads as it says, and its examples verify it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from receiver.domain.endpoint import Event
from receiver.domain.month import Month
from tests.docs.test_documents import blocks
from tests.receiver.cast import Stage
from tests.receiver.hooks import Hooks
from tests.snippets.generators import link_node_modules, run_node

pytestmark = pytest.mark.docs


def examples() -> dict[str, Any]:
    documents = [json.loads(block) for block in blocks("webhooks.md", "json")]
    return {document["type"]: document for document in documents if "type" in document}


def test_every_event_reads_as_documented(hooks: Hooks, stage: Stage) -> None:
    hooks.blog.is_withdrawn()
    shown = hooks.add()
    hooks.blog.is_approved()
    rye = hooks.blog.post("rye")
    for number in range(4):
        reader = stage.person(f"reader{number}@reads.example")
        reader.pays("10.00")
        reader.pledges("10.00")
        reader.clicks(rye)
    hooks.keep_house()
    stage.now = stage.now.replace(day=4)
    hooks.keep_house()
    stage.close(Month(2026, 9))
    hooks.keep_house()
    hooks.test(shown)

    documented = json.dumps(examples(), sort_keys=True)
    for name, value in {'"thing": 12': f'"thing": {rye.thing}', "carlablog2": hooks.blog.key.site}.items():
        documented = documented.replace(name, value)
    assert {message["type"]: message for message in hooks.told} == json.loads(documented)
    assert set(examples()) == {str(event) for event in Event}
    assert len(hooks.told) == len(Event), "each event once"


def test_the_python_of_the_page_takes_what_is_sent_and_nothing_else(hooks: Hooks, stage: Stage) -> None:
    stage.now = datetime.now(UTC)  # the library looks at the clock
    shown = hooks.add()
    hooks.test(shown)
    (heard,) = hooks.program.heard
    names: dict[str, Any] = {"SECRET": shown.text}

    exec(blocks("webhooks.md", "python")[1], names)

    assert names["take"](heard.body, heard.headers)["data"]["site"] == hooks.blog.key.site
    with pytest.raises(WebhookVerificationError):
        names["take"](heard.body.replace(b"site", b"cite"), heard.headers)


def test_the_javascript_of_the_page_takes_what_is_sent_and_nothing_else(
    hooks: Hooks, stage: Stage, tmp_path: Path
) -> None:
    stage.now = datetime.now(UTC)
    shown = hooks.add()
    hooks.test(shown)
    (heard,) = hooks.program.heard
    link_node_modules(tmp_path)
    (tmp_path / "take.mjs").write_text(f"const SECRET = {json.dumps(shown.text)};\n{blocks('webhooks.md', 'js')[0]}")
    script = """
        import { readFileSync } from "node:fs";
        import { take } from "./take.mjs";
        const { body, headers } = JSON.parse(readFileSync(0, "utf8"));
        try { console.log(take(body, headers).type) } catch (error) { console.log(error.constructor.name) }
    """

    genuine, changed = (
        run_node(tmp_path, script, given=json.dumps({"body": body, "headers": heard.headers}))
        for body in (heard.body.decode(), heard.body.decode() + " ")
    )

    assert (genuine.strip(), changed.strip()) == ("webhook.test", "WebhookVerificationError")
