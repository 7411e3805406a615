failure-picture_unreadable =
    ❌ This is not a picture, or the file is damaged.
    Please send a JPEG, PNG or WebP.
failure-picture_format =
    ❌ I cannot read such files: a picture is needed, and HEIC and AVIF will not do.
    Please send it as a photo instead of a file: Telegram turns it into a JPEG by itself.
failure-picture_too_small =
    ❌ The picture is too small: it needs at least 16 pixels a side.
    Please send a larger one.
failure-picture_too_large =
    ❌ The picture is too large: I open up to 64 megapixels.
    Please make it smaller, or send it as a photo.
failure-picture_too_heavy =
    ❌ The file is over 20 MB, and Telegram hands no more than that to bots.
    Please compress the picture, or send it as a photo.
failure-picture_gone =
    ❌ Telegram did not hand this picture over.
    Please send it once more.
failure-enlarged_too_large =
    ❌ Upscaled, the picture would have more than 64 megapixels.
    Please choose a smaller factor or a smaller picture.
failure-mask_empty =
    ❌ Nothing is marked on the mask.
    Please paint over the place that is to change, and send it again.
failure-mask_whole =
    ❌ The mask covers nearly the whole picture.
    Please paint over only what is to change; to change all of it, send the picture without a mask.
failure-mask_unrelated =
    ❌ This mask does not fit the picture.
    Send the same picture with the place painted over, a PNG with the place transparent, or a black and white mask of the same proportions.
