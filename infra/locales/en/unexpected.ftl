unknown-command = There is no such command. What I can do is in /help.
edited = I see the edit, but it does not change a job that has begun. Please send the new text as a message of its own.
sender-group = You are writing as the group, so I cannot see who you are. Turn off “Remain anonymous” in your admin rights, or write to me in private.
sender-channel = You are writing as a channel, so I cannot see who you are. Choose your own name with the icon beside the message field, or write to me in private.
stale = This button is out of date. Tap “🖼 Image” or “🎬 Video” to open a new card.
not-yours = This card belongs to somebody else. Open your own with /image or /video.
not-offered = This model no longer offers that. The card is up to date now: please choose from it.

attachment-clip = I take videos one at a time, not in an album. Please send it by itself: I will continue or upscale it.
attachment-animation = I do not work with animations and GIFs. Please send an ordinary MP4 video: I will continue or upscale it.
attachment-note = I do not work with video messages. Please send an ordinary video: I will continue or upscale it.
attachment-voice = I cannot listen. Please write the same as text.
attachment-sticker = A nice sticker, but I draw from words. Write what you would like to see.
attachment-place = I cannot draw from a point on the map. Describe the place in words.
attachment-document = The files I read are images (JPEG, PNG and WebP) and videos (MP4). Please write the description in a message.
attachment-rich = I cannot read messages with headings, tables or galleries. Please send the description as plain text, and an image as a photo.
attachment-other = There is nothing I can do with that. Describe in words what you would like to see.
