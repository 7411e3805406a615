command-image = Сделать изображение
command-video = Сделать клип
command-status = Как идёт задание
command-lang = Язык / Language
command-ping = Проверить связь
command-help = Что умеет бот
command-start = Начать сначала
