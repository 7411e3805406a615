command-image = Сделать изображение
command-video = Сделать видео
command-status = Как идёт задание
command-settings = Мои настройки
command-presets = Наборы настроек
command-money = Расходы и остаток бюджета
command-lang = Язык / Language
command-ping = Проверить связь
command-help = Что умеет бот
command-start = Начать сначала
command-admin = Управление: расход, лимиты, люди

bot-description =
    Делает изображения и видео по вашим словам.
    
    Напишите, что хотите увидеть, или пришлите фото: его можно изменить, увеличить и оживить. Цена видна до каждого заказа.
bot-short-description = Изображения и видео по вашим словам. Фото можно изменить, увеличить и оживить.
