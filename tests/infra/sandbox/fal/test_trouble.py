import asyncio
import io
import time

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from infra.sandbox.fal.trouble import words_in
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account

ABOUT_THE_PROMPT = ["body", "prompt"]


@pytest.fixture(scope="module")
def pace() -> float:
    return 0.01


@pytest.mark.parametrize(("word", "status"), [("#down", 503), ("#busy", 429), ("#locked", 403)])
async def test_a_submit_that_is_refused_queues_nothing(me: Account, word: str, status: int) -> None:
    """The answer says so, and the list of accepted requests stays empty."""
    answer = await me.post(SCHNELL, {"prompt": f"a cat {word}"})
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not await me.requests()


async def test_a_locked_account_is_told_why(me: Account) -> None:
    """In the words by which the operator knows what to mend."""
    answer = await me.post(SCHNELL, {"prompt": "a cat #locked"})
    assert answer.json()["detail"].startswith("User is locked. Reason: Exhausted balance.")


async def test_a_model_that_fails_may_be_asked_again(me: Account) -> None:
    """A 500 on the result, with the hint under both names; never billed."""
    answer = await (await me.draw("a cat #fail")).end()
    assert answer.status_code == 500
    assert answer.json()["detail"][0]["type"] == "downstream_service_error"
    assert answer.headers["x-fal-error-type"] == "downstream_service_error"
    assert answer.headers["x-fal-retryable"] == answer.headers["x-fal-needs-retry"] == "1"
    assert [request["billed"] for request in await me.requests()] == [0]


@pytest.mark.parametrize(
    ("word", "kind"), [("#nsfw", "content_policy_violation"), ("#empty", "no_media_generated")]
)
async def test_a_prompt_that_must_change_is_a_422(me: Account, word: str, kind: str) -> None:
    """Behind a COMPLETED without an error, as at fal: only the result tells."""
    request = await me.draw(f"a cat {word}")
    assert "error" not in await request.reaches("COMPLETED")
    entry = await request.error()
    assert (entry["type"], entry["loc"]) == (kind, ABOUT_THE_PROMPT)


async def test_a_censored_picture_is_black(me: Account) -> None:
    """A 200 with the flag set: who does not look at it delivers darkness."""
    output = await (await me.draw("a cat #black", num_images=2)).output()
    assert output["has_nsfw_concepts"] == [True, True]
    picture = Image.open(io.BytesIO(await me.file(output["images"][0]["url"])))
    assert picture.convert("L").getextrema() == (0, 0)


async def test_slow_is_ten_times_as_slow(me: Account) -> None:
    """By the time that the model says it took."""
    slow = await (await me.draw("a cat #slow")).reaches("COMPLETED")
    assert slow["metrics"]["inference_time"] >= 0.14


async def test_a_stuck_request_stands_first_for_ever(me: Account) -> None:
    """It blocks nobody else, and can be taken back."""
    request = await me.draw("a cat #stuck")
    assert request.answer["queue_position"] == 0
    await (await me.draw("a cat")).output()
    assert (await request.status())["queue_position"] == 0
    assert (await request.cancel()).status_code == 200


async def test_a_lost_submit_runs(me: Account) -> None:
    """The connection closes without a word, and yet there is a request that costs money."""
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await me.post(SCHNELL, {"prompt": "a cat #lost", "image_size": SMALL})
    await _runs(me)


async def test_a_submit_that_seems_to_fail_runs(me: Account) -> None:
    """A 500 does not mean that nothing was queued."""
    answer = await me.post(SCHNELL, {"prompt": "a cat #500", "image_size": SMALL})
    assert answer.status_code == 500
    await _runs(me)


async def test_a_submit_that_hangs_runs_meanwhile(me: Account) -> None:
    """The answer comes a minute late (less, at this pace), when all is done."""
    began = time.monotonic()
    request = await me.draw("a cat #hang")
    assert time.monotonic() - began >= 0.6
    assert request.answer["status"] == "COMPLETED"
    await _runs(me)


async def _runs(me: Account) -> None:
    async with asyncio.timeout(10):
        while [request["billed"] for request in await me.requests()] != [1]:  # noqa: ASYNC110 - it is another's state
            await asyncio.sleep(0.01)


async def test_a_bad_file_is_no_picture(me: Account) -> None:
    """Its address and its media type look as always."""
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
async def test_a_cdn_in_trouble_refuses(me: Account, word: str, statuses: list[int]) -> None:
    """A few times, or for good."""
    output = await (await me.draw(f"a cat {word}")).output()
    url = output["images"][0]["url"]
    assert [(await me.http.get(url)).status_code for _ in statuses] == statuses


async def test_a_page_comes_in_place_of_a_file(me: Account) -> None:
    """With 200, as a gateway under maintenance answers."""
    output = await (await me.draw("a cat #page")).output()
    url = output["images"][0]["url"]
    answers = [await me.http.get(url) for _ in range(4)]
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers]
    assert kinds == ["text/html"] * 3 + ["image/jpeg"]


async def test_a_file_is_cut(me: Account) -> None:
    """Three times, in its middle."""
    output = await (await me.draw("a cat #cut")).output()
    for _ in range(3):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await me.http.get(output["images"][0]["url"])
    assert await me.file(output["images"][0]["url"])


async def test_words_combine(me: Account) -> None:
    """Each does its part."""
    request = await me.draw("a cat #slow #black #nocdn")
    done = await request.reaches("COMPLETED")
    assert done["metrics"]["inference_time"] >= 0.14
    output = await request.output()
    assert output["has_nsfw_concepts"] == [True]
    assert (await me.http.get(output["images"][0]["url"])).status_code == 503


def test_a_word_is_a_whole_word() -> None:
    """In any case, any language and any punctuation behind it, but no part of another word."""
    assert words_in("кот #FAIL\n#Cdn.") == {"#fail", "#cdn"}
    assert words_in("a cat #nsfw, oil painting") == {"#nsfw"}
    assert words_in("#failing fail ##fail") == frozenset()


async def test_a_fault_is_ordered_for_the_next_calls(me: Account) -> None:
    """So many calls of one operation fail, before or after it was carried out."""
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
async def test_an_answer_is_ordered_in_place_of_the_file(
    me: Account, fault: dict[str, object]
) -> None:
    """Any status with its headers, any body."""
    url = (await (await me.draw("a cat")).output())["images"][0]["url"]
    await me.http.post("/faults", json={"operation": "cdn", **fault})
    answer = await me.http.get(url)
    assert answer.status_code == fault["status"]
    assert answer.headers.get("location") == fault.get("location")
    assert answer.headers.get("retry-after") == fault.get("retry_after")
    assert answer.text == fault.get("body", answer.text)
    assert (await me.http.get(url)).status_code == 200


async def test_a_file_comes_in_parts_or_slowly(me: Account) -> None:
    """Cut in its middle, its half as the whole, a little at a time."""
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


async def test_a_bomb_and_a_body_without_end_are_ordered(me: Account) -> None:
    """What a client must not unpack, or read to its end."""
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


async def test_an_ordered_fault_can_be_called_off(me: Account) -> None:
    """And one that makes no sense is refused."""
    await me.http.post("/faults", json={"operation": "submit", "times": 9})
    assert (await me.http.delete("/faults")).status_code == 204
    await me.draw("a cat")
    nonsense: list[object] = [{}, {"operation": "lunch"}, {"operation": "cdn", "status": 700}, []]
    for wrong in nonsense:
        assert (await me.http.post("/faults", json=wrong)).status_code == 422
