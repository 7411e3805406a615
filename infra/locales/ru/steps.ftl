step-forward = Вперёд ↪️
result-prev = ↩️ Назад
result-tree = 🌳 Дерево правок
step-deleted = Предыдущий шаг удалён, показываю тот, что был до него.
step-first-gone = Предыдущие шаги удалены.
step-not-here = Этот шаг сделан в другом чате: откройте его в /my.
tree-title = <b>🌳 Дерево правок</b>
tree-step = { $sign } { $number }
tree-here = 📍 <b>здесь</b>
tree-words = «{ $words }»
tree-image = изображение
tree-video = видео
tree-deleted = { $sign } <i>удалено</i>
tree-hidden = { $sign } <i>из другого чата</i>
tree-left-out = ↑ <i>ещё { $count ->
        [one] { $count } шаг
        [few] { $count } шага
       *[many] { $count } шагов
    }</i>
tree-alone = Это первый шаг, и из него ещё ничего не сделано.
tree-minutes-ago = { $minutes ->
        [0] только что
       *[other] { $minutes } мин назад
    }
tree-hours-ago = { $hours } ч назад
result-first = 🧷 Вместе с первым
first-image-added = Модель получит это изображение и то, с которого всё началось
first-image-gone = Изображения, с которого всё началось, больше нет.
first-image-too-many = { $model } берёт только одно изображение. Другую модель для правки можно выбрать в /settings.
