"""Webhooks after the Standard Webhooks scheme."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import BadWebhook, sign_webhook, verify_webhook

SECRET = b"0" * 64
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
anything = st.text(st.characters())


@given(st.binary(), st.text("abcXYZ019_-", min_size=1, max_size=128), st.integers(-300, 300))
def test_a_message_is_verified_within_five_minutes(body, message_id, seconds):
    headers = sign_webhook(SECRET, body, message_id=message_id, sent_at=NOON)

    assert verify_webhook(SECRET, body, headers, now=NOON + timedelta(seconds=seconds)) == message_id


@given(st.binary(), st.binary(min_size=1))
def test_another_body_is_refused(body, more):
    headers = sign_webhook(SECRET, body, message_id="build-1", sent_at=NOON)

    with pytest.raises(BadWebhook):
        verify_webhook(SECRET, body + more, headers, now=NOON)


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_an_old_or_early_message_is_refused(seconds):
    headers = sign_webhook(SECRET, b"{}", message_id="build-1", sent_at=NOON)

    with pytest.raises(BadWebhook):
        verify_webhook(SECRET, b"{}", headers, now=NOON + timedelta(seconds=seconds))


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), anything))
def test_any_headers_are_refused_in_our_own_words(headers):
    with pytest.raises(BadWebhook):
        verify_webhook(SECRET, b"{}", headers, now=NOON)


def test_the_parts_cannot_be_moved_over_the_dots():
    headers = sign_webhook(SECRET, b"1.{}", message_id="7", sent_at=NOON)
    moved = headers | {"webhook-id": f"7.{headers['webhook-timestamp']}", "webhook-timestamp": "1"}

    with pytest.raises(BadWebhook):
        verify_webhook(SECRET, b"{}", moved, now=NOON)
    with pytest.raises(BadWebhook):
        sign_webhook(SECRET, b"{}", message_id="7.1", sent_at=NOON)


def test_an_empty_key_signs_nothing():
    with pytest.raises(ValueError, match="short key"):
        sign_webhook(b"", b"{}", message_id="build-1", sent_at=NOON)
