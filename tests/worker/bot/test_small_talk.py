import pytest

from worker.bot.small_talk import may_be_small_talk, small_talk
from worker.bot.small_talk_phrases import SmallTalk

PROMPTS = (
    *("красное яблоко на белом столе", "кот", "спасибо на открытке", "открытка со словом спасибо"),
    *(
        "привет, мир — надпись на стене",
        "надпись привет на заборе",
        "плакат «Спасибо»",
        "«Привет!»",
    ),
    *("круто, а теперь сделай фон синим", "не то небо, сделай закат", "не тот цвет, нужен красный"),
    *(
        "не нравится фон, убери",
        "плохо видно лицо, сделай светлее",
        "исправь руку",
        "переделай фон",
    ),
    *("ещё ярче", "ещё один кот рядом", "ещё раз, но в синем цвете", "снова зима", "другой фон"),
    *(
        "сколько стоит дом на Марсе, плакат",
        "цена на ценнике 500 рублей",
        "бесплатно — вывеска магазина",
    ),
    *(
        "что ты умеешь — комикс про робота",
        "кто ты, маска?",
        "робот помогает бабушке",
        "помощь на дороге",
    ),
    *("стоп-кадр из фильма", "знак стоп на перекрёстке", "да, и добавь снег", "нет, без людей"),
    *("хорошо освещённая комната", "ок, теперь в стиле аниме", "огонь", "магия", "ужас", "красота"),
    *("красиво оформи рамку", "супергерой над городом", "классный автомобиль", "прекрасная дама"),
    *(
        "доброе утро, открытка с кофе",
        "пока горит свеча",
        "здравствуй, дедушка Мороз",
        "салют",
        "🌹",
        "🐱🚀",
    ),
    *(
        "hello kitty",
        "hello world on a t-shirt",
        "a thank you card",
        "thanksgiving dinner",
        "good morning sunshine",
    ),
    *(
        "a nice dog",
        "cool blue background",
        "great white shark",
        "the beautiful sea",
        "beautiful girl",
    ),
    *(
        "make it bad weather",
        "wrong way sign",
        "fix the hand",
        "redo the sky",
        "try again with snow",
    ),
    *(
        "price tag of 5 dollars",
        "free bird",
        "help sign on the beach",
        "stop sign",
        "more snow",
        "one more cat",
    ),
    *(
        "ugly duckling",
        "fire",
        "yes, and add snow",
        "no people",
        "a bot in a garden",
        "bye bye birdie",
    ),
    *(
        "это кот",
        "вот это кот!",
        "теперь зима",
        "большое дерево",
        "два кота, 3 собаки",
        "это видео",
        "картинка",
    ),
)
SMALL_TALK = {
    SmallTalk.THANKS: (
        *("спасибо", "Спасибо!", "спасибо большое", "большое спасибо вам", "спс", "Благодарю"),
        *(
            "ок, спасибо",
            "спасибо, круто!",
            "спасибо за картинку",
            "спасибо 🌹",
            "спасииибо",
            "thank you",
        ),
        *(
            "Thanks!",
            "thanks a lot",
            "thx",
            "thank you very much",
            "ok thanks",
            "thanks for your help",
        ),
    ),
    SmallTalk.PRAISE: (
        *(
            "круто",
            "Круто!!!",
            "круууто",
            "вау",
            "очень красиво",
            "интересно",
            "прикольно получилось",
            "супер!",
            "мне нравится",
            "👍",
            "❤️",
            "🔥🔥",
        ),
        *(
            "👍🏽",
            "то, что надо",
            "огонь!",
            "ну просто огонь",
            "молодец, бот",
            "всё отлично",
            "отлично получилось",
        ),
        *(
            "cool",
            "wow",
            "That's great",
            "I love it!",
            "so beautiful",
            "good job",
            "this is amazing",
            "you're the best",
        ),
    ),
    SmallTalk.GREETING: (
        *(
            "привет",
            "Привет!",
            "Здравствуйте",
            "добрый день",
            "привет, бот",
            "всем привет",
            "как дела?",
            "пока",
        ),
        *("hi", "Hello!", "hey there", "good morning", "how are you?", "bye"),
    ),
    SmallTalk.ASSENT: (
        "ок",
        "Ok",
        "да",
        "нет",
        "понятно",
        "ладно",
        "got it",
        "yes",
        "хахаха",
        "fine",
    ),
    SmallTalk.COMPLAINT: (
        *(
            "не то",
            "Это не то!",
            "совсем не то",
            "плохо получилось",
            "не нравится",
            "мне не нравится",
        ),
        *(
            "спасибо, но не то",
            "не то, что я просил",
            "👎",
            "так себе",
            "ужас!",
            "ну такое… не очень",
        ),
        *(
            "not what I wanted",
            "no, not that",
            "I don't like it",
            "that's wrong",
            "terrible",
            "this is not it",
            "bad",
        ),
    ),
    SmallTalk.AGAIN: ("ещё раз", "давай ещё", "другой вариант", "again", "one more", "try again"),
    SmallTalk.STOP: ("стоп", "отмена", "не надо", "cancel", "never mind"),
    SmallTalk.PRICE: (
        *(
            "сколько стоит?",
            "Сколько это стоит",
            "какая цена?",
            "сколько стоит видео?",
            "а это бесплатно?",
        ),
        *(
            "сколько стоит сделать картинку",
            "привет, сколько стоит?",
            "how much?",
            "how much is a video?",
        ),
        *("How much does an image cost?", "is it free?", "what's the price", "price?"),
    ),
    SmallTalk.ABILITIES: (
        *(
            "что ты умеешь?",
            "Привет! Что ты умеешь?",
            "кто ты",
            "как это работает?",
            "помощь",
            "с чего начать",
        ),
        *("what can you do?", "help", "who are you?", "How does it work?"),
    ),
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompt_is_never_taken_for_small_talk(prompt: str) -> None:
    """Words of a prompt are not lost, even if some of them are those of small talk."""
    assert small_talk(prompt) is None


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, texts in SMALL_TALK.items() for text in texts]
)
def test_small_talk_is_recognized(text: str, kind: SmallTalk) -> None:
    """Each line gets the answer that fits it; of several kinds the one that needs an answer most."""
    assert small_talk(text) is kind
    assert not may_be_small_talk(text)


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        *(("огонь", True), ("а можно побыстрее?", True), ("круто, а теперь синий", True)),
        *(("кот на скейте", False), ("красивый закат", False), ("плакат «Спасибо»", False)),
        ("круто " + "очень длинное описание города ночью " * 3, False),
    ],
)
def test_only_short_doubtful_texts_are_asked_about(text: str, is_asked: bool) -> None:  # noqa: FBT001 - parametrized
    """The model is asked about a question, or a few words of which some are small talk; never about a prompt."""
    assert may_be_small_talk(text) is is_asked
