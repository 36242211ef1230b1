from collections import Counter

texts = ["he is a doctor"] * 60 + ["she is a doctor"] * 40
seen = Counter(text.split()[0] for text in texts)


def translate(sentence):
    """The likeliest English for "o bir doktor"."""
    return seen.most_common(1)[0][0] + " is a doctor"


said = Counter(translate("o bir doktor").split()[0] for _ in range(100))
print(said["he"], said["she"])
