command-image = Make a picture
command-video = Make a clip
command-status = How a job is doing
command-lang = Language / Язык
command-ping = Check the connection
command-help = What the bot can do
command-start = Start over
