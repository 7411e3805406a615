"""Our estimates beside the bills of the fake, which has its own reading of fal's price tables."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.fal.model import Model, Unit, Value, Work
from infra.fal.models.catalogue import MODELS
from infra.fal.prices import estimate
from infra.sandbox.fal import billing
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.order_reader import Fields, read_order
from infra.sandbox.fal.orders import ClipOrder, PictureOrder
from infra.sandbox.fal.rendering.work import Sources, frame_size

FAKE = Catalog()
#: How many units their other sizes have is not known: they count as the one that was measured.
DEAREST_SIZE = frozenset({"bytedance/seedream/v5/pro/text-to-image"})
PRICED = [
    row
    for row in MODELS.values()
    if row.price.dollars is not None
    and row.price.unit is not Unit.UNKNOWN
    and row.work in {Work.IMAGE, Work.VIDEO, Work.IMAGE_TO_VIDEO, Work.FIRST_LAST_FRAME}
]


@pytest.mark.parametrize("row", PRICED, ids=lambda row: row.endpoint)
@settings(max_examples=25)
@given(data=st.data())
def test_estimate_is_what_fal_bills(row: Model, data: st.DataObject) -> None:
    """The unit price times the units of any combination of options, computed on both sides."""
    options: dict[str, Value] = {
        name: data.draw(st.sampled_from(row.choices(name))) for name in row.options
    }
    arguments = row.arguments("a cat on a roof", **options)
    if row.image_field:
        arguments |= row.image_arguments("https://example.org/picture.png")
    if row.needs_end_image:
        arguments[cast("str", row.end_image_field)] = "https://example.org/picture.png"
    expected, bill = estimate(row, options), _bill(row, arguments)
    if row.endpoint in DEAREST_SIZE:
        assert expected is not None
        assert expected >= bill
    else:
        # fal's units have six digits.
        assert expected == pytest.approx(bill, rel=1e-4)


def _bill(row: Model, arguments: dict[str, object]) -> float:
    model = FAKE.find(row.endpoint)
    order = read_order(model, fields := Fields(model.input, arguments))
    assert row.price.dollars
    return row.price.dollars * billing.count(model, fields, _measured(order))


def _measured(order: PictureOrder | ClipOrder) -> billing.Measured:
    if isinstance(order, ClipOrder):
        return billing.Measured(pixels=order.area, seconds=order.seconds)
    size = frame_size(order, Sources(())) or (1024, 1024)
    return billing.Measured(images=(size,) * order.count)
