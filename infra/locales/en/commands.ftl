command-image = Make an image
command-video = Make a video
command-status = How a job is doing
command-settings = My settings
command-presets = Presets
command-money = Spending and budget
command-lang = Language / Язык
command-ping = Check the connection
command-help = What the bot can do
command-start = Start over
command-admin = Administration: usage, limits, people

bot-description =
    Makes images and videos from your words.
    
    Write what you want to see, or send a photo: it can be edited, upscaled and animated. You see the price before each order.
bot-short-description = Images and videos from your words. Photos can be edited, upscaled and animated.
