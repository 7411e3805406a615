import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import FailureKind, ProviderError
from infra.fal.results import ResultFile, parse_result
from tests.infra.fal.answers import PICTURE

URL = "https://v3b.fal.media/files/b/clip.mp4"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(URL)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["images", "image", "video", "videos", "url", "width", "seed", "has_nsfw_concepts"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "payload",
    [
        {"video": {"url": URL, "file_size": None}},
        {"videos": [{"url": URL}]},
        {"image": {"url": URL, "width": None, "height": "tall"}},
        {"images": [{"url": URL, "width": True}, None, 5, {"url": None}]},
        {"images": [URL]},
        {"images": None, "video": {"url": URL}},
    ],
)
def test_media_are_found_in_every_result_shape(payload: object) -> None:
    """Each model has its own result shape, with nulls in it."""
    assert parse_result(payload).files == (ResultFile(URL),)


def test_image_details_are_kept() -> None:
    """Sizes may be floats, and seeds may exceed 64 bits."""
    payload = {
        "images": [
            PICTURE | {"width": 8.0, "content_type": "image/png", "file_name": "a.png"},
        ],
        "seed": 2**80,
        "has_nsfw_concepts": None,
    }
    result = parse_result(payload)
    assert result.files == (ResultFile(str(PICTURE["url"]), "image/png", 8, 8, "a.png"),)
    assert (result.seed, result.blocked) == (2**80, (False,))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:image/png;base64,AA", "FTP://a/b"])
def test_url_of_another_scheme_is_refused_by_the_download(url: str) -> None:
    """It is refused like any URL outside fal, not ignored as an empty result."""
    assert parse_result({"images": [{"url": url}]}).files == (ResultFile(url),)
    long = parse_result({"images": [{"url": f"data:{'A' * 100_000}"}]}).files[0].url
    assert len(long) < 5_000


@pytest.mark.parametrize("payload", [None, [], "text", {}, {"images": ["no address"]}])
def test_no_media_is_a_broken_result(payload: object) -> None:
    """A result without a URL to fetch is broken."""
    with pytest.raises(ProviderError) as caught:
        parse_result(payload)
    assert caught.value.kind is FailureKind.BROKEN_RESULT


@given(JSON)
def test_arbitrary_json_gives_media_or_a_provider_error(payload: object) -> None:
    """No JSON from fal crashes a worker."""
    try:
        result = parse_result(payload)
    except ProviderError:
        return
    assert result.files
    assert len(result.blocked) == len(result.files)
    assert not all(result.blocked)
