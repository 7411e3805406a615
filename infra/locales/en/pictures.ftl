failure-picture_unreadable =
    ❌ This is not an image, or the file is damaged.
    Please send a JPEG, PNG or WebP.
failure-picture_format =
    ❌ I cannot read images of this kind: JPEG, PNG and WebP will do.
    Please send it as a photo rather than a file, and Telegram will make a JPEG of it.
failure-picture_too_small =
    ❌ The image is too small: it needs at least 16 pixels a side.
    Please send a larger one.
failure-picture_too_large =
    ❌ The image is too large: I open up to 64 megapixels.
    Please make it smaller, or send it as a photo.
failure-picture_too_heavy =
    ❌ The file is larger than 20 MB, and Telegram gives bots no more than that.
    Please compress the image, or send it as a photo.
failure-picture_gone =
    ❌ Telegram did not give me this image.
    Please send it again.
failure-enlarged_too_large =
    ❌ Upscaled, the image would have more than 64 megapixels.
    Please choose a smaller factor or a smaller image.
failure-mask_empty =
    ❌ Nothing is marked on the mask.
    Please paint over the part that is to change, and send it again.
failure-mask_whole =
    ❌ The mask covers nearly the whole image.
    Please paint over only what is to change; to change all of it, send the image without a mask.
failure-mask_unrelated =
    ❌ This mask does not fit the image.
    Send the same image with that part painted over, a PNG with that part transparent, or a black-and-white mask of the same proportions.
