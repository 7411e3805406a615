"""Votes of a comparison and the ranking that they make, in a real Valkey."""

import asyncio

import pytest
from arq.connections import ArqRedis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.fal.model import Work
from worker.comparisons.ranking import Duels, Rankings, Standing, ranking_key
from worker.comparisons.store import TIE, Comparison, ComparisonStore, Outcome

MODELS = {"A": "fal-ai/one", "B": "acme/two", "C": "fal-ai/three"}
JOBS = {"A": "j1", "B": "j2", "C": "j3"}
ANYA, BEN, VERA = 1, 2, 3


async def begin(redis: ArqRedis, candidates: str = "ABC", number: int = 1) -> Comparison:
    store = ComparisonStore(redis)
    await store.open(Comparison(f"c{number}", ANYA, Work.IMAGE, JOBS, MODELS, candidates))
    found = await store.get(f"c{number}")
    assert found
    return found


async def duels(redis: ArqRedis) -> dict[str, Duels]:
    ranking = (await Rankings(redis).read()).get(Work.IMAGE, [])
    return {each.model: each.total for each in ranking}


async def test_record_is_kept(redis: ArqRedis) -> None:
    """Jobs and models by letter, for thirty days; a repeated start changes nothing."""
    first = await begin(redis)
    swapped = Comparison("c1", BEN, Work.VIDEO, JOBS, {"A": "acme/two"}, "A")
    await ComparisonStore(redis).open(swapped)
    found = await ComparisonStore(redis).get("c1")
    assert found
    assert (found.jobs, found.models, found.owner) == (JOBS, MODELS, ANYA)
    assert (found.work, found.candidates) == (first.work, "ABC")
    assert 0 < await redis.ttl("darkroom:comparison:c1") <= 30 * 24 * 3600
    assert await ComparisonStore(redis).get("c2") is None


async def test_winner_beats_each_other_model_once(redis: ArqRedis) -> None:
    """The others get no result between each other."""
    comparison = await begin(redis)
    outcome = await ComparisonStore(redis).vote(comparison, ANYA, "B", reveals=False)
    assert outcome is Outcome.COUNTED
    (winner, *losers) = (await Rankings(redis).read())[Work.IMAGE]
    assert winner == Standing(
        "acme/two", {"fal-ai/one": Duels(won=1), "fal-ai/three": Duels(won=1)}
    )
    assert [each.total for each in losers] == [Duels(lost=1), Duels(lost=1)]


async def test_vote_can_be_changed_until_the_reveal(redis: ArqRedis) -> None:
    """Only the last vote of each user counts; a tie is a vote; after the reveal nothing changes."""
    store, comparison = ComparisonStore(redis), await begin(redis)
    await store.vote(comparison, ANYA, "B", reveals=False)
    assert await store.vote(comparison, ANYA, TIE, reveals=False) is Outcome.CHANGED
    assert await store.vote(comparison, ANYA, TIE, reveals=False) is Outcome.COUNTED
    await store.vote(comparison, BEN, "A", reveals=False)
    assert (await duels(redis))["fal-ai/one"] == Duels(won=2, tied=2)
    assert (await duels(redis))["acme/two"] == Duels(lost=1, tied=2)
    assert await store.reveal(comparison) is Outcome.COUNTED
    assert await store.vote(comparison, BEN, "C", reveals=False) is Outcome.CLOSED
    found = await store.get(comparison.id)
    assert found
    assert found.is_revealed
    assert {choice: count for choice, count in found.votes.items() if count} == {"A": 1, TIE: 1}
    assert (await duels(redis))["fal-ai/one"] == Duels(won=2, tied=2)


async def test_reveal_forgets_the_voters(redis: ArqRedis) -> None:
    """Only the sums stay."""
    store, comparison = ComparisonStore(redis), await begin(redis)
    await store.vote(comparison, 777, "B", reveals=False)
    await store.vote(comparison, BEN, "B", reveals=True)
    fields = [name.decode() for name in await redis.hkeys("darkroom:comparison:c1")]  # type: ignore[misc]
    assert [name for name in fields if name.startswith("vote:")] == []
    found = await store.get("c1")
    assert found
    assert found.voters == 2


@pytest.mark.parametrize("choice", ["C", "D", "E", "", "AB", "tie!"])
async def test_only_shown_results_can_be_chosen(redis: ArqRedis, choice: str) -> None:
    """A letter without a result, and anything that is no letter."""
    store, comparison = ComparisonStore(redis), await begin(redis, "AB")
    if choice not in ("", "AB"):
        outcome = await store.vote(comparison, ANYA, choice, reveals=False)
        assert outcome is Outcome.GONE
    assert await duels(redis) == {}


async def test_failed_model_takes_no_part(redis: ArqRedis) -> None:
    """It neither wins nor loses."""
    comparison = await begin(redis, "AC")
    await ComparisonStore(redis).vote(comparison, ANYA, "C", reveals=True)
    assert (await duels(redis)).keys() == {"fal-ai/one", "fal-ai/three"}


async def test_vote_after_the_end_is_refused(redis: ArqRedis) -> None:
    """Nothing is counted, and no key comes into being."""
    store, comparison = ComparisonStore(redis), await begin(redis)
    await redis.delete("darkroom:comparison:c1")
    assert await store.vote(comparison, ANYA, "A", reveals=True) is Outcome.GONE
    assert await store.reveal(comparison) is Outcome.GONE
    assert await redis.keys("darkroom:*") == []


async def test_simultaneous_votes_of_one_user_count_once(redis: ArqRedis) -> None:
    """Twenty presses at once, by two users."""
    store, comparison = ComparisonStore(redis), await begin(redis)
    presses = [(user, letter) for user in (ANYA, BEN) for letter in "ABCABCABCA"]
    await asyncio.gather(
        *(store.vote(comparison, user, letter, reveals=False) for user, letter in presses)
    )
    found = await store.get("c1")
    assert found
    assert found.voters == 2
    assert sum(each.count for each in (await duels(redis)).values()) == 2 * 2 * 2


async def test_ranking_is_by_share_and_puts_few_duels_last(redis: ArqRedis) -> None:
    """One win of one is no first place."""
    votes = {
        "fal-ai/one>acme/two": 6,
        "acme/two>fal-ai/one": 2,
        "acme/two=fal-ai/one": 2,
        "new/lucky>acme/two": 1,
    }
    await redis.hset(ranking_key(Work.VIDEO), mapping=votes)  # type: ignore[misc]
    ranking = (await Rankings(redis).read())[Work.VIDEO]
    assert [each.model for each in ranking] == ["fal-ai/one", "acme/two", "new/lucky"]
    assert ranking[0].total == Duels(won=6, lost=2, tied=2)
    assert ranking[0].total.share == pytest.approx(0.7)
    assert [each.is_certain for each in ranking] == [True, True, False]


@pytest.mark.slow
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from([ANYA, BEN, VERA]),
            st.sampled_from(["A", "B", "C", TIE]),
            st.booleans(),
        ),
        max_size=20,
    )
)
async def test_ranking_matches_the_votes(
    redis: ArqRedis, presses: list[tuple[int, int, str, bool]]
) -> None:
    """Over several comparisons, with changed votes and reveals between them."""
    await redis.flushdb()
    store, counted, closed = ComparisonStore(redis), dict[tuple[int, int], str](), set[int]()
    for number, user, choice, reveals in presses:
        comparison = await begin(redis, number=number)
        await store.vote(comparison, user, choice, reveals=reveals)
        if number not in closed:
            counted[number, user] = choice
        if reveals:
            closed.add(number)
    expected: dict[str, Duels] = {}
    for vote in counted.values():
        for letter, model in MODELS.items():
            decided = Duels(won=2) if vote == letter else Duels(lost=1)
            gained = Duels(tied=2) if vote == TIE else decided
            expected[model] = expected.get(model, Duels()) + gained
    assert await duels(redis) == expected


async def test_ranking_expires_without_votes(redis: ArqRedis) -> None:
    comparison = await begin(redis)
    await ComparisonStore(redis).vote(comparison, ANYA, "A", reveals=True)
    assert 399 * 24 * 3600 < await redis.ttl(ranking_key(Work.IMAGE)) <= 400 * 24 * 3600
