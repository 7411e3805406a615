button-improve = ✨ Улучшить
button-describe = 📝 Описать
result-improve = ✨ Улучшить
result-describe = 📝 Описать
result-check = 🔎 Проверить надпись
ask-which-describe = Какое изображение описать?
ask-which-check = На каком изображении проверить надпись?

helper-cost = <i>Помощник: { $cost }</i>
helper-cost-tiny = <i>Помощник: меньше $0,001</i>
helper-image-gone = Не удалось открыть это изображение. Пришлите его ещё раз.

improve-started = ✨ Придумываю варианты
improve-versions = <b>✨ Какой вариант взять?</b>
improve-edit = ✏️ Изменить
improve-keep = Оставить мои слова
improve-to-edit = <b>✏️ Изменить</b>
    Нажмите на вариант, чтобы скопировать. Исправьте его и пришлите: он станет описанием.
helper-failed-improvement = ⚠️ Улучшить сейчас не получилось. Ваши слова остались: можно начинать с ними или попробовать чуть позже.
improve-none = ⚠️ Варианты получились хуже ваших слов: терялись надписи, имена или язык. Ваши слова остались.

describe-started = 📝 Смотрю на изображение
describe-found =
    <b>📝 Описание</b>
    <code>{ $description }</code>

    Нажмите на него, чтобы скопировать.
describe-make = ▶️ Сделать по этому описанию
describe-copy = 📋 Скопировать
helper-failed-description = ⚠️ Описать сейчас не получилось. Попробуйте, пожалуйста, чуть позже.

check-started = 🔎 Читаю надпись
check-right = ✅ Всё верно: { $asked }.
check-wrong = ❌ Нужно:
check-read = На изображении:
check-missing = ❌ Надписи «{ $asked }» на изображении нет.
check-marks = <i>Подчёркнуто то, что отличается.</i>
check-nothing-asked = В описании нет надписи. Возьмите её в кавычки, например: вывеска «Открыто».
helper-failed-text_check = ⚠️ Прочитать надпись сейчас не получилось. Попробуйте, пожалуйста, чуть позже.
check-repair-spot = 🖌 Исправить только это место
check-repair = ✏️ Исправить надпись
check-repair-started = Исправляю
repair-spot = чёткая надпись точно по буквам: { $texts }, в том же стиле
repair-image = Исправь надпись: точно по буквам { $texts }. Всё остальное оставь как есть.
check-quoted = «{ $text }»
