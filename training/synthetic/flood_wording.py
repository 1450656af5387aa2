"""Words of invented floods: messages that can be worded in several ways, and forms with blanks, in several languages."""

from __future__ import annotations

import numpy as np

from vigie.training.synthetic import text
from vigie.training.synthetic.text import Integers

# Five places of a sentence; each holds meanings, each meaning has several wordings.
MEANINGS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("the mayor", "our mayor", "the head of the city council", "city hall", "the town's first citizen"),
        ("the minister", "the government", "the people in the ministry", "those in power", "the cabinet"),
        ("the water company", "the utility", "the firm that runs the pipes", "our water supplier"),
        ("the police", "officers", "the security forces", "men in uniform", "the riot squad"),
        ("the hospital", "the clinic's management", "those who run the hospital", "hospital directors"),
    ),
    (
        ("hid", "covered up", "kept quiet about", "buried", "never told us of"),
        ("sold off", "gave away", "handed to friends", "auctioned behind our backs", "signed away"),
        ("ignored", "did nothing about", "shrugged at", "looked away from", "would not hear of"),
        ("lied about", "told stories about", "misled everybody on", "was not honest about"),
    ),
    (
        ("the report on the dam", "what engineers wrote on the dam", "an expert paper about the dam"),
        ("the poisoned wells", "wells full of poison", "the toxic water in our wells", "contaminated wells"),
        ("the missing children", "the kids who vanished", "children nobody can find", "our lost kids"),
        ("the empty food stores", "shelves with nothing on them", "the lack of bread", "the hunger in town"),
        ("the fire at the depot", "the depot in flames", "what burned at the depot", "the blaze by the port"),
        ("the rescue money", "funds meant for rescue", "cash that was for the victims", "the relief millions"),
    ),
    (
        ("for three weeks", "the better part of a month", "since early last month", "for twenty days"),
        ("while families slept outside", "with whole families in tents", "as people froze in the street"),
        ("and the papers say nothing", "without one word in the press", "no newspaper dares print it"),
        ("before the vote", "just ahead of the election", "days from polling day", "so close to the ballot"),
    ),
    (
        ("share before it is deleted", "pass it on while it is up", "send this to everyone you know"),
        ("we will not forget", "nobody here forgets this", "this stays in our memory", "we shall remember"),
        ("they must resign tonight", "all of them have to go now", "step down at once", "out with them"),
        ("who answers for this", "somebody has to pay for that", "where are those responsible"),
    ),
)  # fmt: skip
# Clauses of forms, in four languages.
CLAUSES: tuple[tuple[str, ...], ...] = (
    (
        "nadie del ayuntamiento quiere hablar de esto", "los vecinos llevan tres semanas sin agua limpia",
        "pedimos una respuesta clara antes del viernes", "mi familia no piensa callarse ni un minuto",
        "el dinero de la presa ha desaparecido", "todos los responsables tienen que dimitir ya",
        "comparte esto con toda la gente que conozcas", "los periódicos no cuentan nada de lo ocurrido",
        "mañana estaremos otra vez delante del mercado",
    ),
    (
        "keiner im rathaus will darüber offen reden", "die leute haben seit wochen kein sauberes wasser",
        "wir fordern eine klare antwort bis zum freitag", "meine familie wird dazu keine minute schweigen",
        "das geld für den damm ist einfach weg", "alle verantwortlichen müssen sofort ihr amt abgeben",
        "teilt das mit jedem den ihr hier kennt", "in der zeitung steht davon kein einziges wort",
        "morgen stehen wir wieder vor der alten markthalle",
    ),
    (
        "belediyede kimse bu konuyu açıkça konuşmak istemiyor", "mahalledeki insanlar haftalardır temiz su bulamıyor",
        "cuma gününe kadar açık bir cevap bekliyoruz", "ailem bu konuda bir dakika bile susmayacak",
        "baraj için ayrılan bütün para ortadan kayboldu", "sorumlu olan herkes hemen görevini bırakmak zorunda",
        "bunu tanıdığınız herkesle bugün mutlaka paylaşın lütfen", "gazeteler olanlar hakkında tek bir kelime yazmıyor",
        "yarın yine eski pazar yerinin önünde olacağız",
    ),
    (
        "市政府里没有人愿意公开谈论这件事情", "附近的居民已经三个星期没有干净的水",
        "我们要求星期五之前得到一个明确的答复", "我的家人绝对不会对此保持沉默一分钟",
        "修建水坝的钱已经全部不知去向了", "所有负有责任的人都必须马上辞职下台",
        "请把这个消息转告给你认识的每一个人", "报纸对所发生的事情连一个字也没有写",
        "明天我们还会站在老市场的大门前面",
    ),
)  # fmt: skip
# Places of a message.
PLACES = len(MEANINGS)
# The language without spaces between words, and signs that fill its blanks.
_UNSPACED, _SIGNS = 3, "昨天早晨我在河边看见了很多年轻朋友他们都说这里从来没有下过那么大雨"
_EMOJI = ("😡", "🙏", "‼️", "👇", "💧", "🔥")
_TAILS = ("", "", "", "!", "!!", " …", " 😡", " 🙏", " please share", " RT", " look", " (source: a friend)")


def messages(rng: np.random.Generator, count: int) -> list[list[tuple[str, ...]]]:
    """Return messages: a meaning at each place of a sentence, in one of two orders."""
    messages = []
    for _ in range(count):
        drawn = [place[rng.integers(0, len(place))] for place in MEANINGS]
        messages.append(drawn if rng.random() < 0.7 else [drawn[4], *drawn[:4]])
    return messages


def _worded(rng: np.random.Generator, message: list[tuple[str, ...]]) -> str:
    """Return one wording of a message, with an end of its own."""
    return " ".join(wordings(rng, message)) + end(rng)


def wordings(rng: np.random.Generator, message: list[tuple[str, ...]]) -> list[str]:
    """Return one wording of each place of a message."""
    return [wordings[rng.integers(0, len(wordings))] for wordings in message]


def sentences(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Return one wording each of new messages."""
    return tuple(_worded(rng, message) for message in messages(rng, count))


def edited(rng: np.random.Generator, sentence: str) -> str:
    """Return a sentence as somebody passes it on who changes a word or two, a capital, or its end."""
    words = sentence.split()
    if rng.random() < 0.3:
        words.pop(int(rng.integers(0, len(words))))
    place = int(rng.integers(0, len(words)))
    if rng.random() < 0.3:
        words[place] = text.stem(int(rng.integers(0, 15_000)))
    if rng.random() < 0.2:
        words[place] = words[place].upper()
    return " ".join(words) + end(rng)


def end(rng: np.random.Generator) -> str:
    """Return what follows a sentence, often nothing."""
    return _TAILS[rng.integers(0, len(_TAILS))]


def forms(rng: np.random.Generator) -> list[tuple[int, Integers]]:
    """Return twelve forms: the number of a language, and three of its clauses."""
    return [
        (number, places)
        for number, clauses in enumerate(CLAUSES)
        for places in rng.permutation(len(clauses)).reshape(-1, 3)
    ]


def filled(rng: np.random.Generator, chosen: list[tuple[int, Integers]]) -> list[str]:
    """Return each form with its clauses in any order, before each 2 to 8 words, and emoji between."""
    words = iter(text.texts(rng, np.zeros(3 * len(chosen), np.int64), 2, 8))
    said = []
    for language, places in chosen:
        blanks = (next(words) for _ in places)
        if language == _UNSPACED:
            blanks = ("".join(rng.choice(list(_SIGNS), len(blank.split()))) for blank in blanks)
        clauses = (CLAUSES[language][place] for place in rng.permutation(places))
        emoji = _EMOJI[rng.integers(0, len(_EMOJI))]
        said.append(f" {emoji} ".join(map(" ".join, zip(blanks, clauses, strict=True))))
    return said
