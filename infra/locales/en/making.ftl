ask-image =
    <b>🖼 Image</b>
    Describe what to draw. The settings are on the buttons.
ask-video =
    <b>🎬 Video</b>
    Describe what to film. The settings are on the buttons.
ask-without = Leaving out: <i>{ $things }</i>
ask-in-group = Send the description as a reply to this message.
values-elsewhere = Also { $values }, if you change: { $options }.
ask-size = Choose a size:
ask-aspect = Choose an aspect ratio:
ask-resolution = Choose a resolution:
ask-detail = Choose a quality:
ask-duration = Choose a duration:
ask-audio = With sound?
ask-count = How many images?
ask-quality = Choose a model:
ask-style = Choose a style:
ask-negative-prompt = Write what must not appear: “people, text”, for example. Up to { $limit } characters.

size-original = Like the original
size-square = Square { $ratio }
size-portrait = Portrait { $ratio }
size-landscape = Landscape { $ratio }
size-wide = Wide { $ratio }
size-auto = Automatic size
short-original = like the original
short-auto = automatic
size-around = On all sides
size-left = On the left
size-up = At the top
size-right = On the right
size-down = At the bottom
short-around = on all sides
short-left = on the left
short-up = at the top
short-right = on the right
short-down = at the bottom
detail-low = Low quality
detail-medium = Medium quality
detail-high = High quality
short-detail-low = low
short-detail-medium = medium
short-detail-high = high
quality-standard = Standard
quality-premium = Premium
count = ×{ $count }
duration = { $seconds } s
aspect-original = Like the image
scale = ×{ $times }
audio-on = 🔊 Sound
audio-off = 🔇 No sound
short-audio-on = on
short-audio-off = off
seed = seed { $seed }

style-none = No style
short-no-style = none
style-photo = Photo
style-cinematic = Cinematic
style-anime = Anime
style-watercolour = Watercolour
style-oil = Oil
style-render_3d = 3D
style-pixel_art = Pixel art
style-line_art = Line art
style-comic = Comic

button-option = { $name }: { $value }
button-toggle = { $now } → { $then }
option-size = Size
option-aspect = Aspect
option-resolution = Resolution
option-detail = Quality
option-duration = Duration
option-audio = Sound
option-count = Count
option-scale = Upscale
option-model = Model
option-style = Style
button-more-works = More…

ask-model =
    <b>Model</b>
    The price is for this order, the time is what it usually takes here.
ask-model-unmeasured =
    <b>Model</b>
    The price is for this order. Times follow after the first results.
price-unknown = price unknown
model-lacks = This model cannot do: { $without }.
model-lacks-instead = This model cannot do: { $without }. Instead: { $instead }.
model-replaced = The model “{ $gone }” is no longer available to you; { $model } takes its place.
model-replaced-alert = The model “{ $gone }” is no longer available to you; { $model } takes its place. Press again if that is fine.

button-negative-prompt = 🚫 What to leave out
button-negative-prompt-set = 🚫 Change what is left out
button-clear = Leave nothing out
button-back = ← Back
button-cancel = Cancel

cancelled = All right, cancelled.
prompt-too-short = The description is too short: this model needs at least { $least } { $least ->
        [one] character
       *[other] characters
    }. Please write more.
prompt-too-long = That is { $length } { $length ->
        [one] character
       *[other] characters
    }, and only { $limit } fit. Please shorten it and send it again.
prompt-to-edit =
    The previous description — tap to copy:

    <code>{ $prompt }</code>

offer = Shall I make an image or a video from this text?
words-unseen = There is nothing to read in this message: it has no visible characters. Please write it in words.
words-gone = The original message is gone. Please send the text again.
ask-other-in-group = Send another description as a reply to this message.
ask-to-start =
    <b>{ $work }</b>
    <blockquote>{ $prompt }</blockquote>
    Start? You can change the settings or send another description first.
ask-other-words =
    <b>✏️ New description</b>
    Write it. Everything else stays as it was.
ask-seed = Seed: <code>{ $seed }</code>
price-now = This costs { $cost }. If that is all right, press again.
again-started = Starting it again

work-image = 🖼 Image
work-video = 🎬 Video
work-image_edit = ✏️ Edit
work-inpainting = 🖌 Repaint a part
work-upscale = ⬆️ Upscale
work-image_to_video = 🎬 Animate
work-background_removal = ✂️ No background
work-outpaint = ↔️ Outpaint
work-erase = 🧽 Erase
work-first_last_frame = 🎞 Two frames
work-extend_video = ⏩ Continue
work-video_upscale = ⬆️ Upscale video
ask-work = What shall I do?

ask-settings =
    <b>⚙️ Settings: { $work }</b>
    I will remember them for your next jobs.
button-ready = Done
settings-closed = Your settings are saved.

option-impossible = <b>{ $asked }</b> — this model cannot do that. It can do: { $possible }.
option-unsupported = <b>{ $asked }</b> — this model cannot do that.
option-unknown = <b>{ $asked }</b> — there is no such setting. There are: { $possible }.
option-needs-value = <b>{ $asked }</b> has no value, or none that fits. Possible: { $possible }.
option-takes-words = words, such as “people, text”
option-takes-number = a whole number
option-takes-none = nothing, the model cannot do this
option-other-model = The model cannot do <b>{ $asked }</b>, but { $model } can: add <code>--model { $word }</code> to the line.
option-model-unknown = There is no model <b>{ $asked }</b> here. Possible: { $possible }.
option-model-ambiguous = Several models match <b>{ $asked }</b>. Please be more precise: { $possible }.
option-nothing-started = Nothing has started yet: please correct the line and send it again.
