"""fal.run of the fake: language models and speech to text."""

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from tests.infra.sandbox.fal.account import Account
from tests.recordings import recording

ROUTER = "openrouter/router"
SCRIBE = "fal-ai/elevenlabs/speech-to-text/scribe-v2"
TRANSLATE = "Translate into English."


@pytest.fixture(autouse=True)
async def usual_behaviour(me: Account) -> Any:
    yield
    await me.http.delete("/direct")


async def ask(me: Account, prompt: str, system: str = TRANSLATE, **fields: Any) -> dict[str, Any]:
    body = {"model": "google/gemini-2.5-flash", "prompt": prompt, "system_prompt": system}
    endpoint = f"{ROUTER}/vision" if "image_urls" in fields else ROUTER
    answer = await me.post(endpoint, body | fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_prompt_is_translated_and_all_else_is_kept(me: Account) -> None:
    """What is no Russian word stays, names are written in Latin letters, sayings are translated by their meaning."""
    found = await ask(me, "Красный кот в Суздале, ⟦1⟧ #лето 3 cm: льёт как из ведра")
    assert found["output"] == "Red cat in Suzdale, ⟦1⟧ #summer 3 cm: is pouring with rain"
    assert found["error"] is None
    assert found["partial"] is False


async def test_a_run_is_billed_by_its_tokens(me: Account) -> None:
    """The usage, the billing event and the account's requests name the same run and the same sum."""
    body = {"model": "a/b", "prompt": "кот", "system_prompt": TRANSLATE}
    answer = await me.post(ROUTER, body)
    request_id, cost = answer.headers["x-fal-request-id"], answer.json()["usage"]["cost"]
    assert cost > 0
    event = (await me.admin("/v1/models/billing-events"))["billing_events"][0]
    assert (event["request_id"], event["endpoint_id"]) == (request_id, ROUTER)
    assert event["cost_total"] == pytest.approx(cost)


async def test_an_improved_prompt_has_three_versions_in_its_language(me: Account) -> None:
    """As JSON if that was asked for."""
    found = await ask(me, "кот у окна", "Write three fuller versions, as a JSON array.")
    versions = json.loads(found["output"])
    assert len(set(versions)) == 3
    assert all(version.startswith("кот у окна, ") for version in versions)


async def test_the_vision_model_knows_what_was_drawn_after_scaling(me: Account) -> None:
    """It describes an image of the fake and reads its inscription, although Telegram has compressed it."""
    drawn = await me.submit(
        "fal-ai/flux/schnell",
        {"prompt": "кот и вывеска «Открыто»", "image_size": {"width": 512, "height": 512}},
    )
    url = (await drawn.output())["images"][0]["url"]
    assert (await ask(me, "Read the text on it.", "", image_urls=[url]))["output"] == "Открыто"
    small = Image.open(io.BytesIO(await me.file(url))).convert("RGB").resize((320, 320))
    buffer = io.BytesIO()
    small.save(buffer, "jpeg", quality=60)
    uri = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
    described = await ask(me, "Describe it in Russian.", "", image_urls=[uri])
    assert "кот и вывеска" in described["output"]


READ = 'Read it: {"texts": [{"text": "…", "box": {}}]}'


async def read_text(me: Account, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (await ask(me, "What is on it?", READ, image_urls=[url]))["output"]
    )["texts"]
    return found


async def test_the_vision_model_reads_text_with_its_place(me: Account) -> None:
    """Also what the image model has misspelled; the place has the letters, and nothing else has."""
    drawn = await me.submit("fal-ai/flux/schnell", {"prompt": "вывеска «Открыто» #typo"})
    url = (await drawn.output())["images"][0]["url"]
    (found,) = await read_text(me, url)
    assert found["text"] == "Октрыто"
    image = Image.open(io.BytesIO(await me.file(url))).convert("L")
    box = [found["box"][side] for side in ("left", "top", "right", "bottom")]
    place = [round(share * side / 1000) for share, side in zip(box, image.size * 2, strict=True)]
    darkest, brightest = image.crop((place[0], place[1], place[2], place[3])).getextrema()
    assert isinstance(darkest, int | float)
    assert isinstance(brightest, int | float)
    assert (darkest < 60, brightest > 220) == (True, True)


@pytest.mark.slow
async def test_text_stays_on_an_image_until_it_is_repainted(me: Account) -> None:
    """An edit without a text of its own keeps it; a mask over it takes it away, or puts another in its place."""
    drawn = await me.submit("fal-ai/flux/schnell", {"prompt": "вывеска «Открыто»"})
    url = (await drawn.output())["images"][0]["url"]
    (before,) = await read_text(me, url)
    edit = {"prompt": "на закате", "image_urls": [url]}
    edited = (await (await me.submit("fal-ai/nano-banana/edit", edit)).output())["images"][0]["url"]
    assert [found["text"] for found in await read_text(me, edited)] == ["Открыто"]
    image = Image.open(io.BytesIO(await me.file(url)))
    mask = Image.new("L", image.size)
    mask.paste(255, (0, 0, image.width, image.height // 2))
    buffer = io.BytesIO()
    mask.save(buffer, "png")
    uri = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    for prompt, texts in (("небо", []), ("вывеска «Закрыто»", ["Закрыто"])):
        filled = {"prompt": prompt, "image_url": url, "mask_url": uri}
        made = await (await me.submit("fal-ai/flux-pro/v1/fill", filled)).output()
        now = await read_text(me, made["images"][0]["url"])
        assert [found["text"] for found in now] == texts
    assert before["text"] == "Открыто"


@pytest.mark.parametrize("url", ["data:image/png;base64,AAAA", "http://127.0.0.1:9/a.png", "words"])
async def test_an_image_that_cannot_be_read_is_refused(me: Account, url: str) -> None:
    """The error has fal's form and names the field."""
    body = {"model": "a/b", "prompt": "Describe it.", "image_urls": [url]}
    answer = await me.post(f"{ROUTER}/vision", body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "image_urls"]


async def test_a_request_without_a_prompt_is_refused(me: Account) -> None:
    """The missing field is named, and nothing is billed."""
    answer = await me.post(ROUTER, {"model": "a/b"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "prompt"]
    assert (await me.admin("/v1/models/billing-events"))["billing_events"] == []


async def test_the_chat_form_is_openai_s(me: Account) -> None:
    """The same model answers a list of messages."""
    messages = [
        {"role": "system", "content": TRANSLATE},
        {"role": "user", "content": [{"type": "text", "text": "кот"}]},
    ]
    answer = await me.post(
        f"{ROUTER}/openai/v1/chat/completions", {"model": "a/b", "messages": messages}
    )
    assert answer.json()["choices"][0]["message"] == {"role": "assistant", "content": "cat"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"mode": "refuse"}, "I'm sorry, but I can't help with that request."),
        (
            {"mode": "wrong_language"},
            "Ein ruhiges Bild mit sanftem Licht und einer Katze vor dem Fenster",
        ),
        ({"drops_tokens": True}, "cat "),
        ({"answer": "a dog"}, "a dog"),
        ({"mode": "empty"}, ""),
    ],
)
async def test_the_language_model_misbehaves_as_ordered(
    me: Account, order: dict[str, Any], expected: str
) -> None:
    """Until its behaviour is changed again."""
    await me.http.put("/direct", json=order)
    assert (await ask(me, "кот ⟦1⟧"))["output"] == expected
    await me.http.delete("/direct")
    assert (await ask(me, "кот ⟦1⟧"))["output"] == "cat ⟦1⟧"


async def test_the_models_can_be_down(me: Account) -> None:
    """With the status that was ordered."""
    await me.http.put("/direct", json={"status": 503})
    assert (await me.post(ROUTER, {"model": "a/b", "prompt": "кот"})).status_code == 503


@pytest.mark.parametrize("endpoint", [SCRIBE, "fal-ai/wizper", "fal-ai/whisper"])
async def test_speech_is_what_the_file_s_comment_says(me: Account, endpoint: str) -> None:
    """The audio is billed by its length, and the language is named in the field of the model."""
    url = await me.uploaded(recording("кот в шляпе", seconds=2))
    answer = await me.post(endpoint, {"audio_url": url})
    body = answer.json()
    assert body["text"] == "кот в шляпе"
    named = body.get("language_code") or (body.get("languages") or body["inferred_languages"])[0]
    assert named.startswith("ru")
    event = (await me.admin("/v1/models/billing-events"))["billing_events"][0]
    assert event["output_units"] == pytest.approx(2 / 60, rel=0.1)


async def test_begun_minute_is_billed_as_a_whole(me: Account) -> None:
    """By the model of xAI, which names no language."""
    url = await me.uploaded(recording("кот в шляпе", seconds=2))
    answer = await me.post("xai/speech-to-text/v1", {"audio_url": url})
    assert (answer.json()["text"], answer.json()["language"]) == ("кот в шляпе", "")
    event = (await me.admin("/v1/models/billing-events"))["billing_events"][0]
    assert event["cost_total"] == pytest.approx(0.001667)


async def test_nothing_is_heard_in_silence(me: Account) -> None:
    """Other sounds without a comment say something that depends on their bytes."""
    silent = await me.uploaded(recording(loudness=0))
    assert (await me.post(SCRIBE, {"audio_url": silent})).json()["text"] == ""
    tone = await me.uploaded(recording())
    first = (await me.post(SCRIBE, {"audio_url": tone})).json()["text"]
    assert first
    assert (await me.post(SCRIBE, {"audio_url": tone})).json()["text"] == first


async def test_a_file_without_sound_is_refused(me: Account) -> None:
    """The error names the field."""
    answer = await me.post(SCRIBE, {"audio_url": await me.uploaded(b"no sound")})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "audio_url"]
