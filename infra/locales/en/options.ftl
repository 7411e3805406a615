# Words that a line with options understands (“8s 9:16 no sound a cat”), separated by commas. Those with a ! are never a
# part of the description; the others count only where a comma sets them off or another option stands outside of them.
words-size-square = square
words-size-portrait = vertically!, vertical, portrait
words-size-landscape = horizontally!, horizontal, landscape
words-size-wide = wide
words-quality-standard = standard
words-quality-premium = premium
words-detail-low = low, draft
words-detail-medium = medium
words-detail-high = high
words-audio-on = with sound!, sound
words-audio-off = no sound!, without sound!
words-style-none = no style
words-style-photo = photo
words-style-cinematic = cinematic
words-style-anime = anime
words-style-watercolour = watercolour, watercolor
words-style-oil = oil
words-style-render_3d = 3d
words-style-pixel_art = pixel art
words-style-line_art = line art
words-style-comic = comic

# After a number: seconds in a word, in one letter without a space, and how many images.
words-seconds = second, seconds, sec, sec.
words-seconds-letter = s
words-pieces = pcs, pieces

# A size that the model chooses, only after --size and --ar.
words-auto = auto, automatic

# Before a resolution (“in 4K”).
words-in = in

# An answer to an image, or its caption: remove the background.
words-remove-background = remove background, remove the background, no background, cut out the background

# Values of --audio.
words-switch-on = on
words-switch-off = off

# Behind these a number is a part of the description (“a timer for 8 seconds”), and so it is before those (“8 seconds ago”, “5 pieces of cake”).
words-before-a-number = and, or, in, for, of, at, to, by, with, the, a, an
words-after-a-time = before, after, ago, of, to, until

# What is said aloud: numbers as words, “dash dash seed”, “sixteen by nine”, “four images”, “seed forty-two”.
words-spoken-numbers = one=1, two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10, twelve=12, fifteen=15, sixteen=16, twenty-one=21, twenty one=21
words-spoken-dash = dash, hyphen, minus
words-spoken-by = by, to
words-spoken-pieces = image, images, version, versions, variant, variants, piece, pieces, picture, pictures
words-spoken-seed = seed
