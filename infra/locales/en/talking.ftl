offer-after = What shall I do with these words?
offer-last-image = { $count ->
    [1] The last image
   *[other] The last images
}: <i>{ $prompt }</i>
offer-last-video = The last video: <i>{ $prompt }</i>
button-edit-last = ✏️ Change the last one
button-new-image = 🖼 New image

button-plain-text = 💬 Plain text: { $value }
ask-plain-text =
    <b>💬 Plain text</b>
    What shall I do when you just write to me, without a command or a card?

    Everything but the question starts at once. In the first seconds “↩️ Not this” takes it back at no cost. I still show the price first if it is a dear one.
plain-text-ask = ask
plain-text-edit = change the last one
plain-text-image = new image
plain-text-video = video

job-chosen-edit = ✏️ I am changing the last image.
job-chosen-image = 🖼 I am making a new image.
job-chosen-video = 🎬 I am making a video.
button-undo = ↩️ Not this
undone = Taken back, nothing was spent
undo-too-late = Too late: the job has been sent. If it is still running, cancel it with the button under it.

talk-thanks = You are welcome!
talk-praise = I am glad you like it!
talk-assent = 👌
talk-greeting =
    Hello! Write what you would like to see, for example:
    <code>a red apple on a white table</code>
talk-abilities =
    I make images and videos from words, and I edit and animate photos.

    • Write what you would like to see.
    • Then write, just like that, what to change in the result.
    • Send a photo with a caption that says what to do with it.

    More: /help
talk-price = <b>Prices with your settings</b>
talk-price-of = { $work } — { $cost } <i>({ $details })</i>
talk-price-shown = Every button that spends money shows its price. What you have spent: /money
talk-complaint = Shall we try it another way? You can also just write what to change.
talk-again = How shall I make it again?
talk-nothing-to-retry = There is no result here yet that I could make again. Write what you would like to see.
talk-stop = To stop a job, tap “✖️ Cancel” under it or send /cancel.
