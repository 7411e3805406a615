import asyncio
import io
import time

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from infra.sandbox.fal.fault_words import words_in
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account

ABOUT_THE_PROMPT = ["body", "prompt"]


@pytest.fixture(scope="module")
def pace() -> float:
    return 0.01


@pytest.mark.parametrize(
    ("word", "status"),
    [("#down", 503), ("#busy", 429), ("#locked", 403), ("#locked200", 200)],
)
async def test_refused_submit_queues_nothing(me: Account, word: str, status: int) -> None:
    """The response is an error, and the list of accepted requests stays empty."""
    answer = await me.post(SCHNELL, {"prompt": f"a cat {word}"})
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not await me.requests()


async def test_locked_account_gets_fals_error(me: Account) -> None:
    """The text is fal's, by which the operator knows the reason, also when the status is 200."""
    for word in ("#locked", "#locked200"):
        answer = await me.post(SCHNELL, {"prompt": f"a cat {word}"})
        assert answer.json()["detail"].startswith("User is locked. Reason: Exhausted balance.")


async def test_downstream_failure_may_be_retried(me: Account) -> None:
    """A 500 on the result, with the retry hint under both names; never billed."""
    answer = await (await me.draw("a cat #fail")).end()
    assert answer.status_code == 500
    assert answer.json()["detail"][0]["type"] == "downstream_service_error"
    assert answer.headers["x-fal-error-type"] == "downstream_service_error"
    assert answer.headers["x-fal-retryable"] == answer.headers["x-fal-needs-retry"] == "1"
    assert [request["billed"] for request in await me.requests()] == [0]


@pytest.mark.parametrize(
    ("word", "kind"), [("#nsfw", "content_policy_violation"), ("#empty", "no_media_generated")]
)
async def test_refused_prompt_is_a_422(me: Account, word: str, kind: str) -> None:
    """The status is COMPLETED without an error, as at fal: only the result has it."""
    request = await me.draw(f"a cat {word}")
    assert "error" not in await request.reaches("COMPLETED")
    entry = await request.error()
    assert (entry["type"], entry["loc"]) == (kind, ABOUT_THE_PROMPT)


async def test_censored_image_is_black(me: Account) -> None:
    """A 200 with the flag set: a client that ignores the flag delivers a black image."""
    output = await (await me.draw("a cat #black", num_images=2)).output()
    assert output["has_nsfw_concepts"] == [True, True]
    picture = Image.open(io.BytesIO(await me.file(output["images"][0]["url"])))
    assert picture.convert("L").getextrema() == (0, 0)


async def test_slow_multiplies_the_duration_by_ten(me: Account) -> None:
    """The reported duration of the model is ten times longer."""
    slow = await (await me.draw("a cat #slow")).reaches("COMPLETED")
    assert slow["metrics"]["inference_time"] >= 0.14


async def test_stuck_request_stays_first_forever(me: Account) -> None:
    """It blocks no other request, and can be cancelled."""
    request = await me.draw("a cat #stuck")
    assert request.answer["queue_position"] == 0
    await (await me.draw("a cat")).output()
    assert (await request.status())["queue_position"] == 0
    assert (await request.cancel()).status_code == 200


async def test_confirmed_cancel_can_have_no_effect(me: Account) -> None:
    """The answer is a 200 with `success`, but the request completes and is billed."""
    request = await me.draw("a cat #nocancel #slow")
    answer = await request.cancel()
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert (await request.end()).headers["x-fal-billable-units"] == "1"
    assert (await request.cancel()).status_code == 400
    await _runs(me)


async def test_lost_submit_runs(me: Account) -> None:
    """The connection closes without a response, but the request runs and costs money."""
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await me.post(SCHNELL, {"prompt": "a cat #lost", "image_size": SMALL})
    await _runs(me)


async def test_submit_with_a_500_runs(me: Account) -> None:
    """A 500 does not mean that nothing was queued."""
    answer = await me.post(SCHNELL, {"prompt": "a cat #500", "image_size": SMALL})
    assert answer.status_code == 500
    await _runs(me)


async def test_hanging_submit_runs_meanwhile(me: Account) -> None:
    """The response comes a minute late (less, at this pace), after completion."""
    began = time.monotonic()
    request = await me.draw("a cat #hang")
    assert time.monotonic() - began >= 0.6
    assert request.answer["status"] == "COMPLETED"
    await _runs(me)


async def _runs(me: Account) -> None:
    async with asyncio.timeout(10):
        while [request["billed"] for request in await me.requests()] != [1]:  # noqa: ASYNC110 - another object's state
            await asyncio.sleep(0.01)


async def test_damaged_file_is_no_media(me: Account) -> None:
    """URL and media type look valid."""
    output = await (await me.draw("a cat #badimage")).output()
    assert output["images"][0]["content_type"] == "image/jpeg"
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(await me.file(output["images"][0]["url"])))


@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("#cdn", [503, 503, 503, 200, 200]),
        ("#nocdn", [503] * 5),
        ("#403", [403, 403, 403, 200]),
        ("#moved", [302, 302, 302, 200]),
    ],
)
async def test_failing_cdn_refuses_downloads(me: Account, word: str, statuses: list[int]) -> None:
    """Some downloads fail, or all of them."""
    output = await (await me.draw(f"a cat {word}")).output()
    url = output["images"][0]["url"]
    assert [(await me.http.get(url)).status_code for _ in statuses] == statuses


async def test_html_page_replaces_the_file(me: Account) -> None:
    """The status is 200, as from a gateway under maintenance."""
    output = await (await me.draw("a cat #page")).output()
    url = output["images"][0]["url"]
    answers = [await me.http.get(url) for _ in range(4)]
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers]
    assert kinds == ["text/html"] * 3 + ["image/jpeg"]


async def test_download_is_cut(me: Account) -> None:
    """The connection breaks in the middle, three times."""
    output = await (await me.draw("a cat #cut")).output()
    for _ in range(3):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await me.http.get(output["images"][0]["url"])
    assert await me.file(output["images"][0]["url"])


async def test_words_combine(me: Account) -> None:
    """Each word has its effect."""
    request = await me.draw("a cat #slow #black #nocdn")
    done = await request.reaches("COMPLETED")
    assert done["metrics"]["inference_time"] >= 0.14
    output = await request.output()
    assert output["has_nsfw_concepts"] == [True]
    assert (await me.http.get(output["images"][0]["url"])).status_code == 503


def test_fault_word_is_a_whole_word() -> None:
    """It matches in any case, language and following punctuation, but not inside another word."""
    assert words_in("кот #FAIL\n#Cdn.") == {"#fail", "#cdn"}
    assert words_in("a cat #nsfw, oil painting") == {"#nsfw"}
    assert words_in("#failing fail ##fail") == frozenset()


async def test_fault_affects_the_next_calls(me: Account) -> None:
    """The given number of calls fails, before or after the operation was carried out."""
    request = await me.draw("a cat")
    await request.reaches("COMPLETED")
    await me.http.post("/faults", json={"operation": "result", "status": 502, "times": 2})
    assert [(await request.result()).status_code for _ in range(3)] == [502, 502, 200]
    await me.http.post("/faults", json={"operation": "submit", "drop": True, "after": True})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await me.draw("a cat")
    assert len(await me.requests()) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403},
        {"status": 302, "location": "https://example.org/"},
        {"status": 503, "retry_after": "86400"},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": ""},
        {"status": 200, "body": "{"},
    ],
)
async def test_fault_replaces_a_download(me: Account, fault: dict[str, object]) -> None:
    """Any status with its headers and any body are possible."""
    url = (await (await me.draw("a cat")).output())["images"][0]["url"]
    await me.http.post("/faults", json={"operation": "cdn", **fault})
    answer = await me.http.get(url)
    assert answer.status_code == fault["status"]
    assert answer.headers.get("location") == fault.get("location")
    assert answer.headers.get("retry-after") == fault.get("retry_after")
    assert answer.text == fault.get("body", answer.text)
    assert (await me.http.get(url)).status_code == 200


async def test_fault_cuts_or_slows_a_download(me: Account) -> None:
    """Cut in the middle, half as the whole, or in small pieces."""
    url = (await (await me.draw("a cat")).output())["images"][0]["url"]
    whole = await me.file(url)

    async def ordered(**fault: object) -> bytes:
        await me.http.post("/faults", json={"operation": "cdn", "status": 200, **fault})
        return (await me.http.get(url)).content

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await ordered(cut=True)
    assert await ordered(half=True) == whole[: len(whole) // 2]
    began = time.monotonic()
    assert await ordered(drip=0.002) == whole
    assert time.monotonic() - began > 0.1


async def test_fault_sends_a_bomb_or_an_endless_body(me: Account) -> None:
    """A client must neither unpack the first nor read the second to its end."""
    request = await me.draw("a cat")
    await me.http.post("/faults", json={"operation": "status", "bomb": True})
    async with me.http.stream("GET", request.answer["status_url"]) as answer:
        packed = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip, gzip"
        assert len(packed) < 4096
    await me.http.post("/faults", json={"operation": "status", "endless": True})
    received = 0
    async with me.http.stream("GET", request.answer["status_url"]) as answer:
        async for piece in answer.aiter_raw():
            received += len(piece)
            if received > 1 << 20:
                break


async def test_faults_are_cleared(me: Account) -> None:
    """An invalid fault is refused."""
    await me.http.post("/faults", json={"operation": "submit", "times": 9})
    assert (await me.http.delete("/faults")).status_code == 204
    await me.draw("a cat")
    nonsense: list[object] = [{}, {"operation": "lunch"}, {"operation": "cdn", "status": 700}, []]
    for wrong in nonsense:
        assert (await me.http.post("/faults", json=wrong)).status_code == 422
