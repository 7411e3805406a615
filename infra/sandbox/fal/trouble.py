"""Words which, put into a prompt, ask for trouble, so that people and tests can see every road."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "#fail": "the model fails: the result is a 500 downstream_service_error that may be retried",
    "#down": "submitting is answered with 503, and nothing is queued",
    "#busy": "submitting is answered with 429, and nothing is queued",
    "#locked": "submitting is answered with 403 (balance exhausted), and nothing is queued",
    "#nsfw": "the result is a 422 content_policy_violation",
    "#black": "the result is a black picture with has_nsfw_concepts true",
    "#empty": "the result is a 422 no_media_generated",
    "#slow": "everything takes ten times as long",
    "#stuck": "the request stays IN_QUEUE at position 0 for ever",
    "#lost": "the request runs, but the connection is closed without an answer to submit",
    "#hang": "the request runs, and submit is answered a minute late",
    "#500": "the request runs, but submit is answered with 500",
    "#badimage": "the media URL leads to something that is neither picture nor clip",
    "#cdn": "the CDN answers 503 the first three times",
    "#nocdn": "the CDN answers 503 always",
    "#nullpayload": "the webhook comes with payload null and a payload_error",
    "#twice": "the webhook is delivered twice",
    "#nohook": "no webhook is sent",
    "#latehook": "the webhook comes a minute late",
}


def words_in(prompt: object) -> frozenset[str]:
    """The words of the table which stand in this prompt, whole and in any case."""
    return frozenset(WORDS).intersection(str(prompt).lower().split())
