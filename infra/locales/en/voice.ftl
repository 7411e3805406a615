# 🎤 marks the words of a voice message.
heard = 🎤 { $words }
heard-priced = 🎤 { $words } <i>({ $cost } for the transcript)</i>
voice-no-words = I could not hear any words. Please say it again, closer to the microphone, or write it.
voice-language = I understand Russian and English speech. Please say it in one of them, or write it.
voice-failed = I could not hear that: speech recognition does not answer now. Please write it, or send the recording a little later.
voice-too-long = I listen to recordings of up to { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. Please say it shorter, or write it.
voice-too-heavy = I listen to recordings of up to { $megabytes } MB. Please send a shorter one, or write it.
voice-format = I cannot read this audio format. Please record a voice message, or send MP3, M4A, OGG or WAV.
voice-album = I listen to recordings one by one, not as an album. Please send the one that you mean.
answer-recording = I cannot start from a recording. Please write the description after the command.

help-voice =
    <b>By voice</b>
    Instead of text you can send a voice message, a video message or an audio file of up to { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. In a group: as a reply to a message of mine.
