ask-image_edit =
    <b>{ $pictures ->
        [1] What shall I do with this image?
       *[other] What shall I do with these images?
    }</b>
    Write what to change, or choose something else below.
ask-image_to_video =
    <b>🎬 Animate</b>
    Describe what happens: who moves, where the camera looks.
ask-inpainting =
    <b>🖌 Repaint a part</b>
    The part is marked. Write what should appear there.
ask-mask =
    <b>🖌 Repaint a part</b>
    Mark what to repaint: open the image in Telegram’s editor, paint over that part with the brush and send it to me.

    A black-and-white mask (I repaint the white) or a PNG with a transparent part will do, too.
ask-upscale =
    <b>⬆️ Upscale</b>
    Choose how many times larger, and off we go. No description needed.
ask-background_removal =
    <b>✂️ No background</b>
    The subject stays, and everything around it becomes transparent: I will send a PNG file. No description needed.
ask-outpaint =
    <b>↔️ Outpaint</b>
    Choose the format or the side to which the image is continued. No description needed.
ask-erase =
    <b>🧽 Erase</b>
    The part is marked. No description needed.
ask-mask-to-erase =
    <b>🧽 Erase</b>
    Mark what to erase: open the image in Telegram’s editor, paint over that part with the brush and send it to me.

    A black-and-white mask (I erase the white) or a PNG with a transparent part will do, too.
ask-last-frame =
    <b>🎞 Video of two frames</b>
    This is the first frame. Send the image that the video ends with.
ask-first_last_frame =
    <b>🎞 Video of two frames</b>
    The video begins with the first image and ends with the second one. Describe what happens between them.
ask-extend_video =
    <b>⏩ Continue the video</b>
    Describe what happens next. You will get the whole video: yours and what follows.
ask-video_upscale =
    <b>⬆️ Upscale the video</b>
    Choose how many times larger, and off we go. No description needed.
button-start = ▶️ Start
ask-pictures = Images: { $pictures }. You can send more.
ask-which-meant = Which of the { $pictures } images do you mean?
ask-which-picture = This takes one image, and there are { $pictures }. Which one?
button-only-last = Keep only the last one
button-own-mask = It has a transparent part already

press-to-start = No words needed here: tap the button on the card.
mask-without-words = No description is needed here. Send the image with the part to erase painted over.
words-before-mask = First send the image with the part marked, then describe what should appear there.
start-gone = The original image is gone. Please send it again.
too-many-pictures = The model takes no more than { $limit } images: I have left the rest out.

album-in-part = Of the album only this image reached me: in a group I see only commands and replies to me. I have started nothing. Send the album as a reply to this message, or to me in private; if one image is enough, send it by itself.
album-late = This image came later than the rest of its album and is not used. If you need it, send the album again; a job that has started without it can be cancelled.
album-gathering = Gathering the images…
button-gathered = Done, that is all
