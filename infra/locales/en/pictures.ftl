failure-picture_unreadable =
    ❌ This is not an image, or the file is damaged.
    Please send a JPEG, PNG or WebP.
failure-picture_format =
    ❌ I cannot read images of this kind: JPEG, PNG and WebP will do.
    Please send it as a photo rather than a file, and Telegram will make a JPEG of it.
failure-picture_too_small =
    ❌ The image is too small: it needs at least { $side } pixels a side.
    Please send a larger one.
failure-picture_too_long =
    ❌ The image is too long: its longer side may be up to { $ratio } times its shorter one.
    Please crop it, or send another one.
failure-picture_small_for_model =
    ❌ The image is too small for this model.
    Please send a larger one.
failure-picture_large_for_model =
    ❌ The image is too large for this model.
    Please send a smaller one.
failure-picture_unread_by_model =
    ❌ The model could not open this image.
    Please send another one, as a photo rather than a file.
failure-picture_without_face =
    ❌ The model found no face in the image.
    Please send an image that shows a face well.
failure-picture_moderation =
    ❌ The service’s content check did not let this image through.
    Please send another one.
failure-picture_refused =
    ❌ The model did not accept this image.
    Please send another one.
failure-unfetched_picture =
    ❌ The service could not download your { $input ->
        [video] video
       *[image] image
    }; nothing is wrong with the file itself.
failure-unfetched_picture-tell = Please try again. If it happens again, give the job id to the administrator.
failure-unfetched_picture-admin = Please try again. If it happens again, check that the address in <code>public_url</code> can be reached from outside.
failure-picture_too_large =
    ❌ The image is too large: I open up to 64 megapixels.
    Please make it smaller, or send it as a photo.
failure-picture_too_heavy =
    ❌ The file is larger than 20 MB, and Telegram gives bots no more than that.
    Please compress the image, or send it as a photo.
failure-picture_gone =
    ❌ Telegram did not give me this { $input ->
        [video] video
       *[image] image
    }.
    Please send it again.
failure-enlarged_too_large =
    ❌ Upscaled, the image would have more than 64 megapixels.
    Please choose a smaller factor or a smaller image.
failure-picture_has_format =
    ❌ The image has this format already: there is nothing to add.
    Please choose another format or a side.
failure-video_unreadable =
    ❌ This is not a video, or the file is damaged.
    Please send a video as MP4.
failure-video_format =
    ❌ I cannot read videos of this kind: MP4 with H.264 or H.265 will do.
    Please send it as a video rather than a file, and Telegram will make an MP4 of it.
failure-video_too_heavy =
    ❌ The video is larger than 20 MB, and Telegram gives bots no more than that.
    Please compress or cut it, and send it again.
failure-video_too_small =
    ❌ The video is too small: its shorter side needs at least { $narrowest } pixels.
    Please send a larger one.
failure-video_too_large =
    ❌ The video is too large for this model: its shorter side may have up to { $widest } pixels, and the result up to 4K.
    Please send a smaller one, or choose a smaller factor.
failure-video_too_short =
    ❌ The video is too short: this model needs at least { $shortest } s.
    Please send a longer one.
failure-video_too_long =
    ❌ The video is too long: this model takes up to { $longest } s.
    Please cut it, and send it again.
failure-video_shape =
    ❌ This model takes videos of 16:9 and 9:16 only.
    Please crop it, or send another one.
failure-video_refused =
    ❌ The model did not accept this video.
    Please send another one.
failure-mask_empty =
    ❌ Nothing is marked on the mask.
    Please paint over the part that is to change, and send it again.
failure-mask_whole =
    ❌ The mask covers nearly the whole image.
    Please paint over only what is to change; to change all of it, send the image without a mask.
failure-mask_unrelated =
    ❌ This mask does not fit the image.
    Send the same image with that part painted over, a PNG with that part transparent, or a black-and-white mask of the same proportions.
