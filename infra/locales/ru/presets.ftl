button-save-preset = 💾 Сохранить набор
ask-preset-name = Как назвать этот набор настроек? До { $limit } знаков.
preset-name-too-long = Это длиннее { $limit } знаков. Придумайте название покороче.
preset-saved = Набор «{ $name }» сохранён. Все наборы — в /presets.
presets-full = Наборов уже { $limit }. Удалите лишние в /presets.
presets-none =
    <b>⭐ Наборы настроек</b>
    Пока пусто. Выберите настройки в /settings и нажмите «💾 Сохранить набор».
presets-list =
    <b>⭐ Наборы настроек</b>
    Выберите набор.
preset-shown =
    <b>⭐ { $name }</b>
    { $work } · { $settings }
button-preset-apply = ✅ Взять
button-preset-rename = ✏️ Переименовать
button-preset-delete = 🗑 Удалить
preset-applied = Взял набор «{ $name }»
preset-deleted = Набор удалён
preset-gone = Этого набора уже нет.
