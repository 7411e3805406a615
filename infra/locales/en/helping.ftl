button-improve = ✨ Improve
button-describe = 📝 Describe
result-improve = ✨ Improve
result-describe = 📝 Describe
result-check = 🔎 Check the text
ask-which-describe = Which image should I describe?
ask-which-check = On which image should I check the text?

helper-cost = <i>Helper: { $cost }</i>
helper-cost-tiny = <i>Helper: less than $0.001</i>
helper-image-gone = I cannot open this image. Please send it again.

improve-started = ✨ Writing versions
improve-versions = <b>✨ Which version?</b>
improve-edit = ✏️ Edit
improve-keep = Keep my words
improve-to-edit = <b>✏️ Edit</b>
    Tap a version to copy it. Change it and send it: it becomes the prompt.
helper-failed-improvement = ⚠️ I cannot improve the prompt right now. Your words are unchanged: start with them, or try again a little later.
improve-none = ⚠️ The versions were worse than your words: they lost texts, names or the language. Your words are unchanged.

describe-started = 📝 Looking at the image
describe-found =
    <b>📝 Description</b>
    <code>{ $description }</code>

    Tap it to copy it.
describe-make = ▶️ Make an image of it
describe-copy = 📋 Copy
helper-failed-description = ⚠️ I cannot describe it right now. Please try again a little later.

check-started = 🔎 Reading the text
check-right = ✅ The text is right: { $asked }.
check-wrong = ❌ Asked for:
check-read = On the image:
check-missing = ❌ The text “{ $asked }” is not on the image.
check-marks = <i>What differs is underlined.</i>
check-nothing-asked = The prompt asks for no text. Put it into quotation marks, for example: a sign “Open”.
helper-failed-text_check = ⚠️ I cannot read the text right now. Please try again a little later.
check-repair-spot = 🖌 Repair just this spot
check-repair = ✏️ Repair the text
check-repair-started = Repairing it
repair-spot = clear lettering that reads exactly, letter by letter: { $texts }, in the same style
repair-image = Correct the lettering: it reads exactly, letter by letter, { $texts }. Leave everything else as it is.
check-quoted = “{ $text }”
