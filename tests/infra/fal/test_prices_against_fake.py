"""Our estimates beside the bills of the fake, which has its own reading of fal's price tables."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.fal.model import ORIGINAL, Model, Unit, Value
from infra.fal.models.catalogue import MODELS
from infra.fal.prices import Inputs, estimate
from infra.images.outpaint import margins, reduced
from infra.sandbox.fal import billing
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.order_reader import Fields, read_order
from infra.sandbox.fal.orders import ClipOrder, PictureOrder, Size
from infra.sandbox.fal.orders import Work as Drawn
from infra.sandbox.fal.rendering.work import Sources, frame_size

FAKE = Catalog()
VIDEO = "https://example.org/video.mp4"
SECONDS, RATE = 7, 30
PICTURE = "https://example.org/picture.png"
#: How many units their other sizes have is not known: they count as the one that was measured.
DEAREST_SIZE = frozenset(
    {
        "bytedance/seedream/v5/pro/text-to-image",
        "bytedance/seedream/v5/pro/edit",
    }
)
PRICED = [
    row
    for row in MODELS.values()
    if row.price.dollars is not None and row.price.unit is not Unit.UNKNOWN
]


@pytest.mark.slow
@pytest.mark.parametrize("row", PRICED, ids=lambda row: row.endpoint)
@settings(max_examples=25)
@given(data=st.data())
def test_estimate_is_what_fal_bills(row: Model, data: st.DataObject) -> None:
    """The unit price times the units of any combination of options, computed on both sides."""
    options: dict[str, Value] = {
        name: data.draw(st.sampled_from(row.choices(name))) for name in row.options
    }
    assume(row.combines(options))
    arguments = row.arguments("a cat on a roof", **options)
    source = data.draw(st.tuples(st.integers(320, 4000), st.integers(320, 3000)))
    if row.image_field:
        mask = PICTURE if row.needs_mask else None
        arguments |= row.image_arguments(*[PICTURE] * row.min_pictures, mask_url=mask)
    inputs = Inputs(source[0] * source[1] / 1_000_000)
    if row.max_margin:
        source = reduced(str(options["size"]), *source, row.max_margin)
        assume(added := margins(str(options["size"]), *source))
        assert added
        arguments |= row.margin_arguments(added)
        whole = added.around(*source)
        sizes = (source[0] * source[1], whole[0] * whole[1])
        inputs = Inputs(sizes[0] / 1_000_000, made=sizes[1] / 1_000_000)
    if row.video_field:
        arguments |= row.video_arguments(VIDEO)
        source = source[0] // 2 * 2, source[1] // 2 * 2
        inputs = Inputs(source[0] * source[1] / 1_000_000, seconds=SECONDS, frames=SECONDS * RATE)
    # How large an image the model makes of a given one is its own choice.
    assume(row.endpoint != "openai/gpt-image-2/edit" or options["size"] != ORIGINAL)
    expected = estimate(row, options, inputs)
    bill = _bill(row, arguments, source)
    if row.endpoint in DEAREST_SIZE:
        assert expected is not None
        assert expected >= bill
    else:
        # fal's units have six digits.
        assert expected == pytest.approx(bill, rel=1e-4)


def _bill(row: Model, arguments: dict[str, object], source: Size) -> float:
    model = FAKE.find(row.endpoint)
    order = read_order(model, fields := Fields(model.input, arguments))
    assert row.price.dollars
    return row.price.dollars * billing.count(model, fields, _measured(order, source))


def _measured(order: PictureOrder | ClipOrder, source: Size) -> billing.Measured:
    if isinstance(order, ClipOrder) and order.enlarges:
        pixels = round(source[0] * source[1] * order.factor**2)
        return billing.Measured(pixels=pixels, seconds=SECONDS, rate=RATE)
    if isinstance(order, ClipOrder):
        return billing.Measured(pixels=order.area, seconds=order.seconds)
    if not order.sources:
        size = frame_size(order, Sources(())) or (1024, 1024)
        return billing.Measured(images=(size,) * order.count)
    size = frame_size(order, Sources([Image.new("1", source)])) or source
    if order.work is Drawn.EXPAND:
        edges = order.margins
        size = source[0] + edges.left + edges.right, source[1] + edges.top + edges.bottom
    if order.work is Drawn.ENLARGE:
        size = int(source[0] * order.factor), int(source[1] * order.factor)
    return billing.Measured(images=(size,) * order.count, sources=(source,))
