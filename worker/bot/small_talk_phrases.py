"""Phrases of small talk, in Russian and English. Data."""

import functools
from collections.abc import Iterable, Mapping
from enum import StrEnum

type Phrase = tuple[str, ...]


class SmallTalk(StrEnum):
    """What a message is about, the kind that needs an answer most first."""

    PRICE = "price"
    ABILITIES = "abilities"
    COMPLAINT = "complaint"
    AGAIN = "again"
    STOP = "stop"
    THANKS = "thanks"
    PRAISE = "praise"
    GREETING = "greeting"
    ASSENT = "assent"


# Lower case, without punctuation, `е` for `ё`; separated by commas.
_PHRASES = {
    SmallTalk.PRICE: """
        сколько стоит, сколько стоят, сколько это стоит, сколько будет стоить, сколько это будет стоить,
        какая цена, какова цена, какие цены, какая стоимость, цена, цены, стоимость, почем, сколько денег,
        сколько с меня, платно, это платно, ты платный, бесплатно, это бесплатно, ты бесплатный, прайс, тарифы,
        расценки, дорого ли,
        how much, how much is it, how much is, how much are, how much does it cost, how much does, how much do,
        how much will it cost, what does it cost, what does, what is the price, whats the price, what are the prices,
        price, prices, pricing, is it free, is this free, are you free, how expensive is it, cost
        """,
    SmallTalk.ABILITIES: """
        что ты умеешь, что вы умеете, что умеешь, что умеете, что ты еще умеешь, что еще умеешь, что ты можешь,
        что вы можете, что можешь, что ты еще можешь, что ты можешь сделать, что умеет бот, что ты такое, кто ты,
        ты кто, кто вы, как тебя зовут, как пользоваться, как тобой пользоваться, как этим пользоваться,
        как это работает, как ты работаешь, как начать, с чего начать, помощь, помоги, помоги мне, помогите,
        нужна помощь, хелп, справка, инструкция, что мне делать, что делать, что дальше, какие команды, ты бот,
        ты робот, ты человек,
        what can you do, what else can you do, what do you do, who are you, what are you, how does it work,
        how does this work, how do you work, how do i use you, how do i use this, how do i use it, how to use it,
        how to use this, how do i start, how do i begin, where do i start, help, help me, i need help, what now,
        what next, are you a bot, are you human, instructions, what are the commands
        """,
    SmallTalk.COMPLAINT: """
        не то, это не то, опять не то, снова не то, не так, все не так, не нравится, мне не нравится,
        не понравилось, мне не понравилось, плохо, плохо получилось, плохо вышло, получилось плохо, вышло плохо,
        некрасиво, не красиво, ужасно, ужасно получилось, отстой, фигня, ерунда, фу, хрень, лажа, не похоже,
        непохоже, не похож, не похожа, не то что я просил, не то что я просила, не то что я хотел,
        не то что я хотела, не то что я имел в виду, не то что надо, не то что нужно, не этого я хотел, не это,
        я не это просил, я не это просила, я просил другое, я просила другое, так себе, не очень, криво,
        не получилось, не вышло, неправильно, не правильно, неверно, не верно, переделай, переделайте, переделать,
        исправь, исправьте, стало хуже, хуже, еще хуже, мимо, не годится, не подходит, не пойдет, верни деньги,
        верните деньги,
        not it, thats not it, this is not it, not this, not that, not this one, not that one,
        not what i wanted, thats not what i wanted,
        this is not what i wanted, not what i asked for, thats not what i asked for, this is not what i asked for,
        not what i meant, thats not what i meant, not like this, not like that, i dont like it, dont like it,
        i do not like it, i dont like this, i hate it, bad, thats bad, looks bad, looks terrible, terrible, awful,
        horrible, wrong, thats wrong, its wrong, this is wrong, not good, not great, not very good, not right,
        its not right, doesnt look right, that doesnt look right, doesnt look good, worse, its worse, thats worse,
        redo, redo it, redo this, fix it, fix this, meh, yuck, bad result, poor quality, bad quality
        """,
    SmallTalk.AGAIN: """
        еще, еще раз, давай еще, давай еще раз, еще один, еще одну, еще одно, еще вариант, еще варианты,
        другой вариант, другие варианты, давай другой вариант, дай другой вариант, заново, давай заново, повтори,
        попробуй еще, попробуй еще раз, попробуй снова, сделай еще, сделай еще раз, сделай еще один, снова,
        again, once more, one more, one more time, another one, another, try again, do it again, try another,
        more, more please, give me another
        """,
    SmallTalk.STOP: """
        стоп, стой, отмена, отмени, отмените, отменить, не надо, хватит, остановись, прекрати, передумал,
        передумала, я передумал, я передумала,
        stop, stop it, cancel, cancel it, cancel that, never mind, nevermind, forget it, i changed my mind
        """,
    SmallTalk.THANKS: """
        спасибо, спасибочки, спасибки, спс, пасиб, пасибо, благодарю, благодарю вас, благодарю тебя, от души,
        мерси, сенкс, спасибо большое, большое спасибо, спасибо огромное, огромное спасибо,
        thank you, thanks, thank u, thx, thnx, tnx, ty, tysm, many thanks, thanks a lot, thanks a million,
        much appreciated, appreciate it, i appreciate it, cheers
        """,
    SmallTalk.PRAISE: """
        круто, как круто, классно, класс, супер, суперски, отлично, шикарно, великолепно, прекрасно,
        замечательно, превосходно, вау, ого, ух ты, ничего себе, вот это да, красиво, красиво получилось,
        красиво вышло, хорошо получилось, хорошо вышло, круто получилось, отлично получилось, офигенно, офигеть,
        обалденно, обалдеть, потрясающе, идеально, бесподобно, чудесно, здорово, молодец, умница, умничка, браво,
        респект, так держать, то что надо, то что нужно, в точку, нравится, мне нравится, понравилось,
        мне понравилось, ты лучший, ты лучшая, лучший бот, хороший бот, я в восторге, в восторге, годно, норм,
        нормально, неплохо, хорошая работа, отличная работа, получилось, ура, лайк, зачет, люблю тебя,
        я тебя люблю, все супер, все отлично, все хорошо, прикольно, забавно, интересно, любопытно, симпатично,
        получилось прикольно, прикольно получилось, получилось забавно, получилось интересно, смешно,
        cool, great, awesome, amazing, nice, wow, perfect, excellent, brilliant, beautiful, lovely, fantastic,
        wonderful, gorgeous, super, superb, incredible, impressive, love it, i love it, love this, i love this,
        like it, i like it, i like this, well done, good job, great job, nice job, great work, good work,
        nice work, nice one, looks great, looks good, looks nice, looks amazing, good, not bad, so good,
        good bot, best bot, you are the best, youre the best, youre great, youre awesome, hooray, bravo, exactly,
        thats it, thats great, thats cool, thats perfect, omg, its perfect, its great, its beautiful,
        interesting, thats interesting, funny, thats funny, looks funny, so cute, looks cute
        """,
    SmallTalk.GREETING: """
        привет, приветик, приветики, приветствую, здравствуй, здравствуйте, добрый день, доброе утро,
        добрый вечер, доброй ночи, спокойной ночи, доброго дня, хай, хелло, хеллоу, здарова, ку, как дела,
        как ты, как жизнь, как поживаешь, рад знакомству, до свидания, до встречи, до завтра, пока, пока пока,
        hi, hi there, hello, hello there, hey, hey there, heya, hiya, good morning, good afternoon, good evening,
        good night, how are you, how are you doing, hows it going, whats up, wassup, sup, yo, greetings, bye,
        bye bye, goodbye, see you, see you later, howdy, nice to meet you
        """,
    SmallTalk.ASSENT: """
        ок, окей, оке, окэй, ага, угу, да, нет, понятно, понял, поняла, ясно, хорошо, ладно, ладненько, лады,
        принято, договорились, хм, ахах, ахаха, хаха, хахаха, лол,
        ok, okay, okey, k, kk, yes, no, yep, yeah, yup, nope, sure, got it, i see, understood, fine, alright,
        all right, hm, hmm, lol, haha, hahaha, no problem
        """,
}
# Words that are prompts too: small talk only beside other words of small talk, or with an exclamation mark.
_DOUBTFUL = {
    SmallTalk.PRAISE: "огонь, бомба, топ, красота, сказка, пушка, шедевр, магия, fire, magic, masterpiece",
    SmallTalk.COMPLAINT: "ужас, кошмар, жесть, бред, мусор, ugly, garbage, trash, nightmare",
}
# Words that mean nothing by themselves beside small talk.
_FILLERS = """
    очень, просто, ну, но, и, а, вот, это, вам, тебе, вас, вы, ты, большое, огромное, всем, бот, дружище, друг,
    мне, все, уже, как, же, прям, прямо, реально, правда, такое, опять, снова, совсем, вообще, как то, пожалуйста,
    блин, эх, ой, о, ох, эй, за помощь, за работу, за ответ, за картинку, за изображение, за видео,
    за фото, за все, теперь, сегодня, у вас, у тебя, тут, здесь, мой, мое, какой, какая, какое,
    very, so, really, just, its, it is, this is, that is, thats, and, but, bot, for everything, for your help,
    for the help, for the image, for the picture, for the video, for that, for this, my friend, friend, there, all,
    everyone, man, dude, please, oh, well, totally, absolutely, again, now, today, much, very much, the result,
    you, this, that, it, to you
    """
# What a question about a price, or about what the bot can do, may be about.
_SUBJECTS = """
    картинка, картинки, картинку, изображение, изображения, фото, видео, ролик, клип, генерация, одно, одна, одну,
    один, создание, создать, сделать, правка, изменить, изменение, оживить, увеличить, услуга, услуги,
    image, an image, images, picture, a picture, pictures, video, a video, videos, an edit, edit, edits, one, each,
    for, to make, to edit, generation, does, cost, costs, a, an
    """


def _split(text: str) -> Iterable[Phrase]:
    return (tuple(phrase.split()) for phrase in text.split(",") if phrase.strip())


@functools.cache
def sure_phrases() -> Mapping[Phrase, SmallTalk]:
    """Return the phrases that mean nothing else."""
    return {phrase: kind for kind, text in _PHRASES.items() for phrase in _split(text)}


@functools.cache
def doubtful_phrases() -> Mapping[Phrase, SmallTalk]:
    """Return the phrases that may be prompts."""
    return {phrase: kind for kind, text in _DOUBTFUL.items() for phrase in _split(text)}


@functools.cache
def fillers() -> frozenset[Phrase]:
    """Return the phrases that mean nothing by themselves."""
    return frozenset(_split(_FILLERS))


@functools.cache
def subjects() -> frozenset[Phrase]:
    """Return what a question may be about."""
    return frozenset(_split(_SUBJECTS))


@functools.cache
def vocabulary() -> frozenset[str]:
    """Return each word of all phrases."""
    phrases = [*sure_phrases(), *doubtful_phrases(), *fillers(), *subjects()]
    return frozenset(word for phrase in phrases for word in phrase)
