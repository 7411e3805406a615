# Слова, которые понимает строка с настройками («8s 9:16 без звука кот»), через запятую. Со знаком ! — те, что не бывают
# частью описания; остальные считаются настройкой, только если отделены запятой или стоят рядом с другой настройкой.
words-size-square = квадрат, квадратный
words-size-portrait = вертикально!, вертикальный
words-size-landscape = горизонтально!, горизонтальный
words-size-wide = широкий
words-quality-standard = стандарт!
words-quality-premium = премиум!
words-detail-low = низкое, черновик
words-detail-medium = среднее
words-detail-high = высокое
words-audio-on = со звуком!
words-audio-off = без звука!
words-style-none = без стиля
words-style-photo = фото, фотография
words-style-cinematic = кино
words-style-anime = аниме
words-style-watercolour = акварель
words-style-oil = масло
words-style-render_3d = 3d
words-style-pixel_art = пиксели, пиксель-арт
words-style-line_art = графика
words-style-comic = комикс

# После числа: секунды словом, одной буквой без пробела, и число изображений.
words-seconds = секунд, секунда, секунды, сек, сек.
words-seconds-letter = с
words-pieces = шт, шт.

# Размер на выбор модели, только после --size и --ar.
words-auto = авто

# Перед разрешением («в 4K»).
words-in = в

# Ответ на изображение или подпись к нему: убрать фон.
words-remove-background = убери фон, убрать фон, удали фон, удалить фон, вырежи фон, без фона

# Значения --audio.
words-switch-on = да
words-switch-off = нет

# После них число — часть описания («таймер на 8 секунд»), и перед ними тоже («8 секунд до старта»).
words-before-a-number = и, или, на, в, во, за, через, по, до, из, с, от
words-after-a-time = до, после, назад, спустя
