button-ask-access = 🙋 Попросить доступ
access-asked = Запрос отправлен администратору. Я напишу вам, когда он ответит.
access-asked-already = Запрос уже отправлен. Повторить можно через сутки.
access-nobody-reached = Написать администратору сейчас не получилось. Передайте ему, пожалуйста, ваш номер: { $id }
access-request =
    🙋 Просит доступ: <b>{ $name }</b>{ $username }
    Номер: <code>{ $id }</code>
access-digest =
    🙋 Ждут доступа: { $count }
    { $names }
access-digest-name = • <b>{ $name }</b>{ $username }, <code>{ $id }</code>
button-allow = ✅ Разрешить
button-decline = Отклонить
access-allowed = ✅ Доступ открыт: <b>{ $name }</b>, <code>{ $id }</code>
access-declined = Доступ не открыт: <b>{ $name }</b>, <code>{ $id }</code>
access-answered = На этот запрос уже ответили.
access-granted = Доступ открыт, добро пожаловать! Нажмите /start, и начнём.
access-refused = Администратор пока не открыл вам доступ. Если это ошибка, свяжитесь с ним напрямую.
