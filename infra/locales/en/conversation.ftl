start =
    Hello { $name }. I make images and videos from a description, and I edit and animate your photos.

    Just write{ $voice ->
        [on] { " " }or say
       *[off] { "" }
    } what you would like to see, for example:
    <code>a red apple on a white table</code>

    Then write, just like that, what to change. Or send a photo with a caption that says what to do with it. Everything else: /help

start-group =
    Hello! I make images and videos from a description. Here in the group, begin with a command:
    <code>/image a red apple on a white table</code>
    <code>/video a cat on a skateboard</code>

    To edit somebody’s photo, reply to it with a command: <code>/image make it brighter</code>. Everything else: /help
group-privacy = In this group I see only commands and replies to my messages. Mentions do not reach me, and an album reaches me whole only as a reply to a message of mine.
group-everything = In this group I answer commands, replies to me and mentions.

help =
    <b>How it works</b>
    You describe it in words. I answer with a message that shows the progress. The result appears in it; if it takes more than a minute, it comes as a new message. You can start the next one straight away.

    <b>Going on in words</b>
    After a result, write what to change: the first button changes it, the others make something new. “↩️ Back” shows the step before. To make plain text act at once, choose in /settings what it does.

    <b>From an image</b>
    A photo with a caption: I edit it. Without one I ask: edit, animate, repaint a part or upscale. An album: I combine it into one image. A video (MP4): I continue or upscale it. Reply to any image with words, and I start from it.

    <b>In one line</b>
    <code>/video 8s 9:16 no sound a cat on a skateboard</code>
    <code>/image a cat, anime --count 4 --seed 7</code>
    The same is on buttons. I remember your last choice.

    <b>Commands</b>
    /image — an image; with a description after it, I start at once
    /video — a video, likewise
    /my — everything you have made, page by page
    /status — how your latest job is doing; with an id, any of yours
    /cancel — close the open order, or cancel your latest job; with an id, any of yours
    /settings — settings for your next jobs
    /presets — your presets
    /money — what you have spent, and what the rest is enough for
    /lang — language, есть и русский
    /ping — check the connection

    <b>Prices</b>
    A button that spends money shows how much. I start what is cheap from your line at once; before anything dearer, such as a video, I ask.

help-helper =
    <b>Help with words</b>
    “✨ Improve” offers fuller prompts, “📝 Describe” writes a prompt for a photo, “🔎 Check the text” finds and repairs wrong letters. Where a model reads English only, I translate your words and keep inscriptions in quotation marks.
help-inline =
    <b>In any chat</b>
    Type <code>@{ $bot } words</code>: I find your images and videos, and one press sends them.

button-image = 🖼 Image
button-video = 🎬 Video
field-placeholder = What shall I make?

ping = Checking…
pong = I’m here. To Telegram and back in { $milliseconds } ms.

language-name = English
ask-language = Which language shall I speak?
language-set = I speak English now.

refusal =
    This bot works for its own team only, and you are not on the list yet.

    If you belong to the team, give this id to the administrator: <code>{ $id }</code>
refusal-alert = This bot works for its own team only. Your id, for the administrator: { $id }

internal-error =
    Something broke on my side; it is not your fault. Please try again.

    If it happens again, give the administrator this number: <code>{ $reference }</code>
internal-error-admin =
    Something broke on my side; it is not your fault. Please try again.

    If it happens again, look for this number in the bot’s log: <code>{ $reference }</code>
