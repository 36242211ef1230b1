from math import log

from tutor.checks import check, close, equal, for_any

TEXTS = ["I am working on a walk with you", "I walk in the park", "the park is closed today"]


@check("the example from the text", points=1)
def example(learner):
    known = learner.idf(TEXTS)
    close(known.get("working"), 1.0986, tolerance=1e-3, what="the IDF of working")
    close(known.get("I"), 0.4055, tolerance=1e-3, what="the IDF of I")
    found = learner.weights(TEXTS[0], known)
    close(
        found.get("working"), 0.1373, tolerance=1e-3, what="the weight of working in the first text"
    )
    close(found.get("walk"), 0.0507, tolerance=1e-3, what="the weight of walk in the first text")


@check("a word in every text weighs nothing", points=1)
def everywhere(learner):
    close(learner.idf(["the end", "the day", "the the"]).get("the"), 0.0, what="the IDF of the")


@check("a word twice in one text is one text", points=1)
def twice(learner):
    known = learner.idf(["no no no", "yes"])
    close(known.get("no"), log(2), what="the IDF of no, which stands in one of two texts")
    found = learner.weights("no no yes", known)
    close(found.get("no"), 2 / 3 * log(2), what="the weight of no in `no no yes`")


@check("a word is a whole word", points=1)
def whole(learner):
    known = learner.idf(["art", "start", "party"])
    close(known.get("art"), log(3), what="the IDF of art beside start and party")


@check("a word that is not known is passed over", points=1)
def unknown(learner):
    found = learner.weights("sky sky art", {"art": 1.5})
    equal(sorted(found), ["art"], what="the words that have a weight")
    close(found.get("art"), 0.5, what="the weight of art, one of three words")


@check("any texts", points=2, hidden=True)
def any_texts(learner):
    def body(texts):
        texts = [text for text in texts if text.split()]
        known = learner.idf(texts)
        words = {word for text in texts for word in text.split()}
        equal(sorted(known), sorted(words), what="the words that have an IDF")
        for text in texts:
            found = learner.weights(text, known)
            equal(
                sorted(found),
                sorted(set(text.split())),
                what="the words of a text that have a weight",
            )
            share = sum(found[word] / known[word] for word in found if known[word] > 0)
            plain = sum(known[word] > 0 for word in text.split()) / len(text.split())
            close(share, plain, what="the shares of the words that tell something, together")

    for_any(draw, body)


def draw(rng, size):
    words = ["sun", "sea", "sand", "wind", "sail"]
    count = 2 + size // 5
    return [" ".join(rng.choices(words, k=rng.randint(1, 2 + size // 4))) for _ in range(count)]
